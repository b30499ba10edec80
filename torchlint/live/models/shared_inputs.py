"""Blocks whose first layer changes their input in place, where the input is used after the block."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from torchlint.facts.answer import Answer
from torchlint.facts.layer import SharedInputChanged
from torchlint.knowledge.functional import KEEPS_NON_NEGATIVE
from torchlint.knowledge.layers import IN_PLACE
from torchlint.live.objects.graph import nodes_behind, number_of, operation
from torchlint.live.objects.identity import WeakMap
from torchlint.live.objects.layers import Layers
from torchlint.live.objects.tensors import tensors_in

if TYPE_CHECKING:
    from torch.nn import Module


@dataclass(slots=True)
class _Running:
    """A module that runs: what it was given, and the layers inside it that changed that so far."""

    module: Module
    inputs: list[torch.Tensor]
    negative: bool = True
    changed_by: list[tuple[Module, bool]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Changed:
    """An input that a layer changed, as its node in the graph; what has a higher number than `end` came later."""

    layer: Module
    effective: bool
    node: int
    end: int


class SharedInputTracker:
    """Follows one pass of each model that records a graph; the tensors and modules are held within it alone.

    What uses a changed input after its block is seen in the graph: the node of the change has another way out.
    """

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        self._followed: WeakMap[bool] = WeakMap()
        self._following = False
        self._running: list[_Running] = []
        self._changed: list[_Changed] = []
        self._facts: dict[object, SharedInputChanged] = {}

    def begin(self, model: Module) -> None:
        """A model is about to run."""
        self.forget()
        self._following = model.training and torch.is_grad_enabled() and model not in self._followed

    def forget(self) -> None:
        """What was followed is over."""
        self._running.clear()
        self._changed.clear()
        self._following = False

    def before(self, module: Module, inputs: tuple[Any, ...]) -> None:
        """A module is about to run."""
        if not self._following:
            return
        running = _Running(module, list(tensors_in(inputs)))
        if _is_in_place(module) and running.inputs:
            keeps = type(module).__name__.lower() in KEEPS_NON_NEGATIVE
            running.negative = not keeps or bool((running.inputs[0].detach() < 0).any())
        self._running.append(running)

    def after(self, module: Module, output: Any) -> None:
        """A module has run; those inside it that raised are over too."""
        if not self._following:
            return
        while self._running and (ended := self._running.pop()).module is not module:
            pass
        if not ended.inputs:
            return
        if _is_in_place(module):
            for each in self._running:
                if any(given is ended.inputs[0] for given in each.inputs):
                    each.changed_by.append((module, ended.negative))
        elif ended.changed_by:
            self._collect(ended, list(tensors_in(output)))

    def _collect(self, block: _Running, outputs: list[torch.Tensor]) -> None:
        node = number_of(block.inputs[0].grad_fn)
        ends = [number for each in outputs if (number := number_of(each.grad_fn)) is not None]
        if node is not None and ends and not any(each is block.inputs[0] for each in outputs):
            self._changed += [_Changed(layer, negative, node, max(ends)) for layer, negative in block.changed_by]

    def over(self, model: Module, output: Any) -> None:
        """The model has run: what took a changed input after its block stands in the graph."""
        if not self._following:
            return
        starts = [tensor.grad_fn for tensor in tensors_in(output) if tensor.grad_fn is not None]
        if starts:
            self._followed[model] = True
        by_node: dict[int | None, list[_Changed]] = {}
        for changed in self._changed:
            by_node.setdefault(changed.node, []).append(changed)
        for node in nodes_behind(starts) if by_node else ():
            for source, _ in node.next_functions:
                for changed in by_node.get(number_of(source), ()):
                    later = (number_of(node) or 0) > changed.end
                    if later and operation(node) != operation(source):
                        self._add(changed)
        self.forget()

    def _add(self, changed: _Changed) -> None:
        site = self._layers.site(changed.layer)
        if site is not None:
            self._facts[site] = SharedInputChanged(
                site=site, layer=type(changed.layer).__name__, effective=Answer.of(changed.effective)
            )

    def facts(self) -> Iterable[SharedInputChanged]:
        """What was found so far."""
        return self._facts.values()


def _is_in_place(module: Module) -> bool:
    """Whether a layer of torch changes what it is given."""
    return type(module).__name__ in IN_PLACE and getattr(module, "inplace", False) is True
