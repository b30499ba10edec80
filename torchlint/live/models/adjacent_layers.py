"""Layers with a bias whose output goes to a batch norm alone, where the bias has no effect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torchlint.facts.answer import Answer
from torchlint.facts.layer import AdjacentLayers
from torchlint.knowledge.layers import BATCH_NORMS, BIAS
from torchlint.live.objects.graph import nodes_behind, number_of
from torchlint.live.objects.identity import WeakMap
from torchlint.live.objects.layers import Layers
from torchlint.live.objects.tensors import tensors_in

if TYPE_CHECKING:
    from torch.nn import Module


@dataclass(slots=True)
class _Made:
    """What a layer gave in this pass, by the number of its node in the graph; `norm` is what it was given to."""

    layer: Module
    node: int
    norm: Module | None = None


class AdjacentLayersTracker:
    """Follows, within a pass of a model, what layers that can have a bias give to batch norms.

    Each model is followed once: in the first pass that records a graph. The layers are held within a pass alone.
    """

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        self._followed: WeakMap[bool] = WeakMap()
        self._following = False
        self._made: WeakMap[_Made] = WeakMap()
        self._pass: list[_Made] = []
        self._facts: dict[object, AdjacentLayers] = {}

    def begin(self, model: Module) -> None:
        """A model is about to run."""
        self._following = model.training and model not in self._followed
        self.forget()

    def forget(self) -> None:
        """What was followed is over."""
        self._made.clear()
        self._pass.clear()

    def before(self, module: Module, inputs: tuple[Any, ...]) -> None:
        """A module is about to run: a norm may be fed by a layer with a bias."""
        if not self._following or type(module).__name__ not in BATCH_NORMS:
            return
        tensor = next(tensors_in(inputs), None)
        made = None if tensor is None else self._made.get(tensor)
        if made is not None and tensor is not None and number_of(tensor.grad_fn) == made.node:
            made.norm = module

    def after(self, module: Module, output: Any) -> None:
        """A module has run."""
        if not self._following or type(module).__name__ not in BIAS:
            return
        node = number_of(getattr(output, "grad_fn", None))
        if node is not None and self._layers.is_named(module):
            made = self._made[output] = _Made(module, node)
            self._pass.append(made)

    def over(self, model: Module, output: Any) -> None:
        """The model has run: what went to a norm alone has one way out in the graph."""
        if not self._following:
            return
        starts = [tensor.grad_fn for tensor in tensors_in(output) if tensor.grad_fn is not None]
        if not starts:
            return
        self._followed[model] = True
        if any(made.norm is not None for made in self._pass):
            self._add_facts(starts)

    def _add_facts(self, starts: list[Any]) -> None:
        uses: dict[int | None, int] = {}
        for node in nodes_behind(starts):
            for before, _ in node.next_functions:
                number = number_of(before)
                uses[number] = uses.get(number, 0) + 1
        elsewhere = {id(made.layer) for made in self._pass if made.norm is None or uses.get(made.node) != 1}
        for made in self._pass:
            site = self._layers.site(made.layer)
            if made.norm is not None and site is not None and id(made.layer) not in elsewhere:
                first, second = self._layers.layer(made.layer), self._layers.layer(made.norm)
                self._facts[(site, second.name)] = AdjacentLayers(
                    site=site, first=first, second=second, bias=Answer.of(made.layer.bias is not None)
                )

    def facts(self) -> Iterable[AdjacentLayers]:
        """What was found so far."""
        return self._facts.values()
