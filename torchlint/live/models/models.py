"""Models as facts: unregistered layers and tensors, layers built in `forward`, unused layers, cut graphs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from weakref import ref

from torchlint.facts.fact import Fact
from torchlint.facts.layer import DropoutForm
from torchlint.live.models.adjacent_layers import AdjacentLayersTracker
from torchlint.live.models.attributes import ModelAttributes
from torchlint.live.models.construction import Construction
from torchlint.live.models.graph_cuts import GraphCutSearch
from torchlint.live.models.shared_inputs import SharedInputTracker
from torchlint.live.models.unused_layers import LayerUsage
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

if TYPE_CHECKING:
    from torch.nn import Module


class Models(Observer):
    """Looks into each model before it is first run, and at what is built while it runs."""

    def __init__(self, recorder: Recorder, layers: Layers) -> None:
        self._running: list[ref[Module]] = []
        self._attributes = ModelAttributes(recorder.places.files, layers)
        self._construction = Construction(layers)
        self._usage = LayerUsage(recorder.places.files, layers)
        self._adjacent = AdjacentLayersTracker(layers)
        self._cuts = GraphCutSearch(recorder)
        self._shared = SharedInputTracker(layers)

    def know(self, model: Module | None) -> None:
        """A model that is named when the watch begins."""
        if model is not None:
            self._look_into(model)

    @on(ForwardStarted)
    def forward_started(self, event: ForwardStarted, here: Here) -> None:
        """A model that was not seen before is looked into."""
        module, inputs = event.module, event.inputs
        if self._running:
            self._construction.run(module, self._running, here)
        else:
            self._look_into(module)
            self._adjacent.begin(module)
            self._cuts.begin(module, inputs)
            self._shared.begin(module)
        self._usage.run(module)
        self._adjacent.before(module, inputs)
        self._shared.before(module, inputs)
        self._running.append(ref(module))

    @on(ForwardEnded)
    def forward_ended(self, event: ForwardEnded, here: Here) -> None:
        """What was built while a model ran is kept by it, or gone."""
        module, output = event.module, event.output
        while self._running and self._running.pop()() is not module:
            pass
        self._adjacent.after(module, output)
        self._cuts.after(module, output)
        self._shared.after(module, output)
        if not self._running:
            self._construction.over(module)
            self._adjacent.over(module, output)
            self._adjacent.forget()
            self._cuts.over(module, output)
            self._shared.over(module, output)

    @on(BackwardStarted, closely=True)
    def backward_started(self, event: BackwardStarted, here: Here) -> None:
        """No model runs now; for one that raised, no end was emitted."""
        self._running.clear()
        self._adjacent.forget()
        self._cuts.forget()
        self._shared.forget()

    @on(BackwardEnded, closely=True)
    def backward_ended(self, event: BackwardEnded, here: Here) -> None:
        """Gradients show what is used without being run."""
        self._usage.trained()
        self._cuts.trained()

    @on(DropoutCalled)
    def dropout_called(self, event: DropoutCalled, here: Here) -> None:
        """Dropout is applied as a function that no mode switches."""
        if self._running:
            self._construction.dropout(event.function, DropoutForm.FUNCTION, here)

    @on(ModuleInitStarted)
    def module_init_started(self, event: ModuleInitStarted, here: Here) -> None:
        """A layer is built while a model runs."""
        if self._running:
            self._construction.built(event.module, self._running[-1]())

    @on(OptimizerInitEnded)
    def optimizer_init_ended(self, event: OptimizerInitEnded, here: Here) -> None:
        """What an optimizer holds is meant to learn."""
        self._cuts.know(event.optimizer)
        self._attributes.parts.know(event.optimizer)

    def stop(self) -> None:
        """A pass that did not come to its end is followed no more."""
        self._cuts.forget()
        self._shared.forget()

    def finish(self) -> Iterable[Fact]:
        """What was found so far."""
        yield from self._attributes.facts()
        yield from self._construction.facts()
        yield from self._usage.facts()
        yield from self._adjacent.facts()
        yield from self._cuts.facts()
        yield from self._shared.facts()

    def _look_into(self, model: Module) -> None:
        inner = unwrapped(model)
        if self._attributes.look_into(inner):
            self._usage.collect(inner)
