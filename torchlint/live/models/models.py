"""Models as facts: unregistered layers and tensors, layers built in `forward`, unused layers, cut graphs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from weakref import ref

import torch
from torch import nn

from torchlint.facts.answer import Answer, Yes
from torchlint.facts.fact import Fact
from torchlint.facts.layer import (
    LooseTensor,
    PlainContainer,
    RepeatedLayers,
)
from torchlint.knowledge.graph import LEAF, MOVES
from torchlint.live.models.adjacent_layers import AdjacentLayersTracker
from torchlint.live.models.construction import Construction
from torchlint.live.models.graph_cuts import GraphCutSearch
from torchlint.live.models.repeated_layers import RepeatedLayersSearch
from torchlint.live.models.unused_layers import LayerUsage
from torchlint.live.objects.graph import operation
from torchlint.live.objects.identity import WeakMap
from torchlint.live.objects.layers import Layers, unwrapped
from torchlint.live.stream.events import (
    BackwardEnded,
    BackwardStarted,
    DropoutCalled,
    ForwardEnded,
    ForwardStarted,
    ModuleInitStarted,
    OptimizerInitEnded,
)
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here
from torchlint.live.stream.recorder import Recorder
from torchlint.live.text.attributes import Attributes

if TYPE_CHECKING:
    from torch.nn import Module

OWN = frozenset(vars(nn.Module()))
"""The attributes that every module has."""


class Models(Observer):
    """Looks into each model before it is first run, and at what is built while it runs."""

    def __init__(self, recorder: Recorder, layers: Layers) -> None:
        self._layers = layers
        self._attributes = Attributes(recorder.places.files)
        self._running: list[ref[Module]] = []
        self._seen: WeakMap[bool] = WeakMap()
        self._construction = Construction(layers)
        self._usage = LayerUsage(recorder.places.files, layers)
        self._adjacent = AdjacentLayersTracker(layers)
        self._cuts = GraphCutSearch(recorder)
        self._facts: dict[tuple[object, ...], Fact] = {}

    def know(self, model: Module | None) -> None:
        """A model that is named when the watch begins."""
        if model is not None:
            self._look_into(unwrapped(model))

    @on(ForwardStarted)
    def forward_started(self, event: ForwardStarted, here: Here) -> None:
        """A model that was not seen before is looked into."""
        module, inputs = event.module, event.inputs
        if self._running:
            self._construction.run(module, self._running, here)
        else:
            self._look_into(unwrapped(module))
            self._adjacent.begin(module)
            self._cuts.begin(module, inputs)
        self._usage.run(module)
        self._adjacent.before(module, inputs)
        self._running.append(ref(module))

    @on(ForwardEnded)
    def forward_ended(self, event: ForwardEnded, here: Here) -> None:
        """What was built while a model ran is kept by it, or gone."""
        module, output = event.module, event.output
        while self._running and self._running.pop()() is not module:
            pass
        self._adjacent.after(module, output)
        self._cuts.after(module, output)
        if not self._running:
            self._construction.over(module)
            self._adjacent.over(module, output)
            self._adjacent.forget()
            self._cuts.over(module, output)

    @on(BackwardStarted, closely=True)
    def backward_started(self, event: BackwardStarted, here: Here) -> None:
        """No model runs now; for one that raised, no end was emitted."""
        self._running.clear()
        self._adjacent.forget()
        self._cuts.forget()

    @on(BackwardEnded, closely=True)
    def backward_ended(self, event: BackwardEnded, here: Here) -> None:
        """Gradients show what is used without being run."""
        self._usage.trained()
        self._cuts.trained()

    @on(DropoutCalled)
    def dropout_called(self, event: DropoutCalled, here: Here) -> None:
        """Dropout is applied as a function that no mode switches."""
        if self._running:
            self._construction.dropout(event.function, "function", here)

    @on(ModuleInitStarted)
    def module_init_started(self, event: ModuleInitStarted, here: Here) -> None:
        """A layer is built while a model runs."""
        if self._running:
            self._construction.built(event.module, self._running[-1]())

    @on(OptimizerInitEnded)
    def optimizer_init_ended(self, event: OptimizerInitEnded, here: Here) -> None:
        """What an optimizer holds is meant to learn."""
        self._cuts.know(event.optimizer)

    def stop(self) -> None:
        """A pass that did not come to its end is followed no more."""
        self._cuts.forget()

    def finish(self) -> Iterable[Fact]:
        """What was found so far."""
        yield from self._facts.values()
        yield from self._construction.facts()
        yield from self._usage.facts()
        yield from self._adjacent.facts()
        yield from self._cuts.facts()

    def _look_into(self, model: Module) -> None:
        if model in self._seen:
            return
        self._seen[model] = True
        self._usage.collect(model)
        repeats = RepeatedLayersSearch(self._layers, model)
        registered = {id(each) for kept in (model.modules(), model.parameters(), model.buffers()) for each in kept}
        waiting, known = [model], set()
        while waiting:
            module = waiting.pop()
            if id(module) in known:
                continue
            known.add(id(module))
            waiting += module.children()
            self._add_repeated(repeats.among(module))
            if type(module).__module__.startswith("torch."):
                continue
            for name, value in list(vars(module).items()):
                if name not in OWN:
                    held = self._attribute(module, name, value, registered)
                    waiting += held
                    if len(held) > 1:
                        site = self._attributes.filling(type(module), name)
                        self._add_repeated(repeats.in_plain(value, held, site))

    def _attribute(self, owner: Module, name: str, value: Any, registered: set[int]) -> list[Module]:
        """An attribute of a module that torch does not register; gives the modules that it holds."""
        if isinstance(value, torch.Tensor):
            self._loose(owner, name, value, registered)
            return []
        held = _held(value)
        modules = [each for each in held if isinstance(each, nn.Module)]
        parameters = [each for each in held if isinstance(each, nn.Parameter)]
        if not modules and not parameters:
            return []
        site = self._attributes.filling(type(owner), name)
        if modules:
            self._facts[(type(owner), name, "modules")] = PlainContainer(
                site=site,
                owner=type(owner).__name__,
                attribute=name,
                container=type(value).__name__,
                layers=tuple(self._layers.layer(each) for each in modules),
                registered=Yes if any(id(each) in registered for each in modules) else _left_out(modules),
            )
        if parameters:
            self._facts[(type(owner), name, "parameters")] = LooseTensor(
                site=self._attributes.assignment(type(owner), name),
                owner=type(owner).__name__,
                attribute=name,
                form="list of parameters",
                trainable=Answer.of(any(each.requires_grad for each in parameters)),
                registered=Answer.of(any(id(each) in registered for each in parameters)),
            )
        return modules

    def _loose(self, owner: Module, name: str, tensor: torch.Tensor, registered: set[int]) -> None:
        moved = tensor.grad_fn is not None
        if moved and not _is_moved(tensor):
            return
        kind = type(owner)
        self._facts[(kind, name, "tensor")] = LooseTensor(
            site=self._attributes.assignment(kind, name),
            owner=kind.__name__,
            attribute=name,
            form="moved parameter" if moved else "tensor",
            trainable=Answer.of(tensor.requires_grad),
            registered=Answer.of(id(tensor) in registered),
            constructed=Answer.of(self._attributes.is_constructed(kind, name) or None),
        )

    def _add_repeated(self, fact: RepeatedLayers | None) -> None:
        if fact is not None:
            self._facts.setdefault(("repeated", fact.site), fact)


def _left_out(modules: list[Module]) -> Answer:
    """No, that they are registered; Unknown where they are frozen or in evaluation mode, not to be trained with it."""
    return Answer.of(False if any(each.training and not _is_frozen(each) for each in modules) else None)


def _is_frozen(module: Module) -> bool:
    parameters = list(module.parameters())
    return bool(parameters) and not any(each.requires_grad for each in parameters)


def _held(value: Any) -> list[Any]:
    """What a plain container holds, one level of containers in it too."""
    found: list[Any] = []
    for each in _items(value):
        found += _items(each) if isinstance(each, (list, tuple, set, dict)) else [each]
    return found


def _items(value: Any) -> list[Any]:
    match value:
        case dict():
            return list(value.values())
        case list() | tuple() | set():
            return list(value)
    return []


def _is_moved(tensor: torch.Tensor) -> bool:
    """Whether a tensor is a parameter's copy on another device or of another type."""
    node: Any = tensor.grad_fn
    before = [each for each, _ in node.next_functions]
    return operation(node) in MOVES and all(each is not None and operation(each) == LEAF for each in before)
