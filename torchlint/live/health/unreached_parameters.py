"""Parameters that an optimizer holds and no gradient reaches, though what they compute is used: the graph was cut.

A reentrant checkpoint cuts it where its input needs no gradient: what it runs is run without a graph at first, and only
a gradient that comes to its output has it run again with one.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING
from weakref import ReferenceType, ref

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import CheckpointFunction

from torchlint.facts.answer import Answer, No, Yes
from torchlint.facts.fact import Fact
from torchlint.facts.health import ParameterUse
from torchlint.facts.site import Site
from torchlint.intent.cuts import is_stopped_by_name
from torchlint.live.health.registry import ModelRegistry
from torchlint.live.objects.graph import nodes_behind
from torchlint.live.objects.layers import Layers
from torchlint.live.objects.optimizers import parameters_of
from torchlint.live.objects.tensors import floats_in, storage, tensors_in
from torchlint.live.stream.events import ForwardEnded, ForwardStarted, StepStarted
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import innermost
from torchlint.live.stream.recorder import Recorder

if TYPE_CHECKING:
    from torchlint.live.stream.places import Here

FEWEST_STEPS = 4
MOST_OUTPUTS = 64
RUNS_CHECKPOINT = CheckpointFunction.forward.__code__


@dataclass(slots=True)
class _Unreached:
    """A parameter without a gradient in the last steps that were looked at; `used` says that its layer's output is.

    `checkpoint` is a reentrant checkpoint that its layer ran in.
    """

    parameter: ReferenceType[Tensor]
    name: str
    site: Site
    steps: int = 0
    used: bool = False
    checkpoint: Site | None = None


class UnreachedParametersObserver(Observer):
    """Follows what layers give to others without a graph, once some of an optimizer's parameters had no gradient.

    What one module gave comes to another in the same memory, or with the same numbers. The outputs are held from one
    pass to the step after it, where there is something to look for.
    """

    def __init__(self, recorder: Recorder, registry: ModelRegistry, layers: Layers) -> None:
        self._places = recorder.places
        self._registry = registry
        self._layers = layers
        self._unreached: dict[int, _Unreached] = {}
        self._given: list[Tensor] = []

    @on(StepStarted, closely=True)
    def step_started(self, event: StepStarted, here: Here) -> None:
        """Count the parameters that have no gradient in a step that uses others."""
        self._given.clear()
        held = [each for each in parameters_of(event.optimizer) if each.requires_grad]
        if all(each.grad is None for each in held):
            return
        for each in held:
            if each.grad is not None:
                self._unreached.pop(id(each), None)
                continue
            known = self._unreached.get(id(each))
            if known is None or known.parameter() is not each:
                known = self._unreached[id(each)] = _Unreached(ref(each), *self._place(each, here))
            known.steps += 1

    @on(ForwardEnded)
    def forward_ended(self, event: ForwardEnded, here: Here) -> None:
        """Remember what a module gave, if the graph behind it leads to such a parameter."""
        if not self._unreached or not self._holds(event.module):
            return
        if not torch.is_grad_enabled():
            if event.module.training:
                self._ran_without_graph(event.module, here)
        elif len(self._given) < MOST_OUTPUTS:
            self._given += [each for each in floats_in(event.output) if each.grad_fn is not None]

    @on(ForwardStarted)
    def forward_started(self, event: ForwardStarted, here: Here) -> None:
        """A module is given something without a graph: it may be what another one gave."""
        if not self._given or not torch.is_grad_enabled():
            return
        for tensor in tensors_in(event.inputs):
            if tensor.is_floating_point() and tensor.grad_fn is None and not isinstance(tensor, nn.Parameter):
                for output in self._given:
                    if _is_same(tensor, output):
                        self._use(output)

    def _place(self, parameter: Tensor, here: Here) -> tuple[str, Site]:
        """The name of a parameter, and where its layer, or the model that it is, was built."""
        owner = self._registry.owner(parameter)
        if owner is None:
            return "", here()
        model, name = owner
        built = self._layers.site(model) if name.count(".") == 0 else None
        return name, built or self._registry.site_of_parameter(parameter, here())

    def _holds(self, module: nn.Module) -> bool:
        return any(id(each) in self._unreached for each in module.parameters())

    def _ran_without_graph(self, module: nn.Module, here: Here) -> None:
        """What a reentrant checkpoint runs was to be trained, unlike what the user runs under `no_grad`."""
        checkpoint = self._checkpoint_around(here.frame)
        if checkpoint is not None:
            for each in module.parameters():
                known = self._unreached.get(id(each))
                if known is not None:
                    known.used, known.checkpoint = True, checkpoint

    def _checkpoint_around(self, frame: FrameType | None) -> Site | None:
        while frame is not None:
            if frame.f_code is RUNS_CHECKPOINT:
                spot = innermost(self._places.chain(frame))
                return None if spot is None else spot.site
            frame = frame.f_back
        return None

    def _use(self, output: Tensor) -> None:
        for node in nodes_behind([output.grad_fn]):
            leaf = getattr(node, "variable", None)
            known = None if leaf is None else self._unreached.get(id(leaf))
            if known is not None:
                known.used = True

    def finish(self) -> Iterable[Fact]:
        """One fact for each layer, or for all that a checkpoint runs."""
        layers: dict[Hashable, list[_Unreached]] = {}
        for each in self._unreached.values():
            if each.used and each.steps >= FEWEST_STEPS:
                layers.setdefault(each.checkpoint or (_layer(each), each.site), []).append(each)
        for found in layers.values():
            names = tuple(sorted(each.name for each in found))
            yield ParameterUse(
                site=found[0].site,
                module=_layer(found[0]),
                names=names,
                gradient=No,
                influence=Yes,
                deliberate=Answer.of(is_stopped_by_name(frozenset(names))),
                steps=min(each.steps for each in found),
                checkpoint=found[0].checkpoint,
            )


def _layer(unreached: _Unreached) -> str:
    return unreached.name.rpartition(".")[0]


def _is_same(tensor: Tensor, output: Tensor) -> bool:
    """Whether a tensor is another one without its graph: in the same memory, or a copy of its numbers."""
    if storage(tensor) == storage(output):
        return True
    plain = tensor.shape == output.shape and tensor.device == output.device and tensor.layout is output.layout
    return plain and torch.equal(tensor.detach(), output.detach().to(tensor.dtype))
