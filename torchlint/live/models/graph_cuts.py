"""Where `forward` leaves the graph: looked for only in models of which some layers no gradient can reach.

The first pass that records a graph shows which layers the output leads back to. If some are missing, the next pass is
followed call by call, from what cuts the graph to the output.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import ref

import torch

from torchlint.facts.answer import Answer, No
from torchlint.facts.layer import GraphCut
from torchlint.facts.site import Site
from torchlint.intent.cuts import cuts_on_purpose
from torchlint.knowledge.wrappers import COMPILED
from torchlint.live.models.cut_tracing import Cut, CutTracer
from torchlint.live.objects.graph import nodes_behind, number_of
from torchlint.live.objects.identity import WeakMap
from torchlint.live.objects.optimizers import parameters_of
from torchlint.live.objects.tensors import tensors_in
from torchlint.live.stream.recorder import Recorder
from torchlint.live.text.stop_gradients import cut_at, is_written

if TYPE_CHECKING:
    from torch.nn import Module
    from torch.optim import Optimizer


@dataclass(slots=True)
class _CutOffLayers:
    """A cut on the only way from some layers; a gradient that comes there by another way shows that it is not.

    `learns` is None until a backward has shown it.
    """

    fact: GraphCut
    layers: list[ref[Module]]
    learns: bool | None = None


@dataclass(slots=True)
class _Pass:
    """One pass of a model: the layers that ran, by the number of the operation that gave their output."""

    model: Module
    ran: dict[int, Module] = field(default_factory=dict)
    tracer: CutTracer | None = None
    end: ExitStack = field(default_factory=ExitStack)


class GraphCutSearch:
    """Looks at the first pass of each model that records a graph, and at one more where that calls for it."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._looked: WeakMap[bool] = WeakMap()
        self._pass: _Pass | None = None
        self._optimizers: WeakMap[bool] = WeakMap()
        self._cut_off: dict[Site, _CutOffLayers] = {}

    def know(self, optimizer: Optimizer) -> None:
        """An optimizer was built."""
        self._optimizers[optimizer] = True

    def begin(self, model: Module, inputs: Any) -> None:
        """A model is about to run."""
        self.forget()
        suspected = self._looked.get(model)
        if suspected is False or not model.training or not torch.is_grad_enabled():
            return
        if suspected and _is_compiled(model):
            return
        self._pass = _Pass(model)
        if suspected:
            self._follow(self._pass, inputs)

    def _follow(self, this: _Pass, inputs: Any) -> None:
        tracer = this.tracer = CutTracer(self._recorder)
        tracer.know((*tensors_in(inputs), *this.model.parameters(), *this.model.buffers()))
        this.end.enter_context(tracer)
        # A pass that raises ends it too, before what stands around the pass is left.
        this.end.callback(this.model.register_forward_hook(lambda *_: self.forget(), always_call=True).remove)

    def after(self, module: Module, output: Any) -> None:
        """A module inside it has run."""
        if self._pass is None or not any(each.requires_grad for each in module.parameters(recurse=False)):
            return
        for tensor in tensors_in(output):
            number = number_of(tensor.grad_fn)
            if number is not None:
                self._pass.ran[number] = module

    def over(self, model: Module, output: Any) -> None:
        """The model has run."""
        if self._pass is None:
            return
        this, tensors = self._pass, list(tensors_in(output))
        self.forget()
        reached = {number_of(node) for node in nodes_behind(each.grad_fn for each in tensors if each.grad_fn)}
        attached = {id(module) for number, module in this.ran.items() if number in reached}
        lost = {id(module): module for module in this.ran.values() if id(module) not in attached}
        if this.ran:
            self._looked[model] = bool(lost) and this.tracer is None
        if lost and this.tracer is not None:
            arrived = this.tracer.marks_of(tensors)
            for site, cut in this.tracer.cuts.items():
                self._judge(this, site, cut, lost, on_the_way=site in arrived)

    def forget(self) -> None:
        """The pass is over, whether it came to its end or raised."""
        this, self._pass = self._pass, None
        if this is not None:
            this.end.close()

    def _judge(self, this: _Pass, site: Site, cut: Cut, lost: dict[int, Module], *, on_the_way: bool) -> None:
        behind = {id(module): module for number, module in this.ran.items() if number in cut.behind}
        names = {module: name for name, module in this.model.named_modules()}
        held = self._held()
        learning = [
            module
            for module in behind.values()
            if module.training and (held is None or any(id(each) in held for each in module.parameters()))
        ]
        alone = on_the_way and behind.keys() <= lost.keys() and len(learning) == len(behind)
        layers = tuple(names.get(module, type(module).__name__) for module in learning)
        seen = cut_at(cut.spots, layers, type(this.model).__name__)
        plain = seen is not None and is_written(cut.name, cut.spots[-1]) and cuts_on_purpose(seen) is No
        fact = GraphCut(
            site=site,
            via=tuple(spot.site for spot in cut.spots[:-1]),
            owner=type(this.model).__name__,
            call=cut.call,
            layers=layers,
            on_the_way=Answer.of(alone and bool(learning) and plain),
        )
        self._cut_off.setdefault(site, _CutOffLayers(fact, list(map(ref, learning))))

    def _held(self) -> set[int] | None:
        """The parameters that optimizers hold; None if no optimizer is known."""
        optimizers = [optimizer for optimizer, _ in self._optimizers.items()]
        return {id(each) for optimizer in optimizers for each in parameters_of(optimizer)} if optimizers else None

    def trained(self) -> None:
        """Backward ran: layers that have gradients learn, by whatever way."""
        for each in self._cut_off.values():
            layers = [layer for known in each.layers if (layer := known()) is not None]
            if layers and not each.learns:
                parameters = (parameter for layer in layers for parameter in layer.parameters(recurse=False))
                each.learns = any(parameter.grad is not None for parameter in parameters)

    def facts(self) -> Iterable[GraphCut]:
        """What was found so far."""
        return [each.fact for each in self._cut_off.values() if each.learns is False]


def _is_compiled(model: Module) -> bool:
    """Whether a compiler runs a part of it, and would compile that anew."""
    return any(
        getattr(each, "_compiled_call_impl", None) is not None or type(each).__name__ == COMPILED
        for each in model.modules()
    )
