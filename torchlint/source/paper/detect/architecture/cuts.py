"""Detects layers that learn nothing, for the graph is cut on their only way to the output of their model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from torchlint.facts.answer import No, Yes
from torchlint.facts.layer import GraphCut
from torchlint.facts.subject import Subject
from torchlint.intent.cuts import Cut, cuts_on_purpose
from torchlint.source.paper.detect.architecture.flow import ForwardFlow
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.steps.optimizers import Optimizers
from torchlint.source.paper.detect.surroundings import place_of
from torchlint.source.paper.domain.tensor import Severance, TensorValue
from torchlint.source.paper.domain.values import Thing, Value, options
from torchlint.source.paper.models.torch import modes
from torchlint.source.paper.models.torch.layers import layer_of
from torchlint.source.paper.models.torch.subjects import subject_of
from torchlint.source.paper.occurrences.layers import ForwardEnded, ForwardStarted, TensorDetached, TensorUsed
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import FROZEN, GROUPS
from torchlint.source.paper.state.containers import values_in
from torchlint.source.paper.state.objects import above, inside, shown_name


@dataclass(frozen=True, slots=True)
class CutOff:
    """Layers that a program cuts off in a model by a `cut`; `alone` says that they have no other way to its output."""

    severance: Severance
    model: Thing
    program: int
    cut: Cut
    alone: bool


class GraphCuts(Detector):
    """Calls in `forward` that take what layers made out of the graph, unless they are meant.

    `_nesting`, `_loops` and `_frames` say how much was around when the model itself was run.
    """

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._flow = self.share(ForwardFlow)
        self._optimizers = self.share(Optimizers)
        self._nesting = 0
        self._loops = 0
        self._frames = 0
        self._makers: dict[int, frozenset[int]] = {}
        self._cuts: dict[Severance, tuple[Cut, TensorValue]] = {}
        self._cut_off: list[CutOff] = []

    @listens
    def start_forward(self, _: ForwardStarted) -> None:
        """Remember in how many conditions, loops and functions the model itself is run."""
        machine = self.machine
        self._nesting, self._loops, self._frames = machine.place.nesting, len(machine.loops), len(machine.frames)
        self._makers.clear()
        self._cuts.clear()

    @listens
    def collect_maker(self, read: TensorUsed) -> None:
        """Remember which layers a tensor that is used comes from."""
        self._makers[read.tensor.number] = read.tensor.subject.own

    @listens
    def collect_cut(self, detached: TensorDetached) -> None:
        """Remember a cut, and what stands around it in the model."""
        machine = self.machine
        guarded = machine.place.nesting > self._nesting or len(machine.loops) > self._loops
        names, place = machine.names_of(detached.tensor), place_of(machine, since=self._frames)
        self._cuts[detached.severance] = Cut(names, place, guarded), detached.result

    @listens
    def finish_forward(self, ended: ForwardEnded) -> None:
        """Remember which cuts of the model leave the layers before them no other way."""
        if not self._cuts:
            return
        parts = [part for part in self._parts(ended.output) if isinstance(part, TensorValue)]
        on_the_way = {each for part in parts for each in part.cuts}
        attached = {layer for part in parts for layer in part.subject.own} | self._forked()
        for severance, (cut, result) in self._cuts.items():
            alone = severance in on_the_way and not severance.layers & attached
            named = replace(cut, names=cut.names | self.machine.names_of(result) | {ended.model.last})
            self._cut_off.append(CutOff(severance, ended.model, self.machine.budget.entry, named, alone))

    def _parts(self, output: Value) -> Iterator[Value]:
        for each in options(output):
            for item in values_in(self.machine.state, each):
                yield from options(item)

    def _forked(self) -> set[int]:
        """The layers whose output, or what was made of it, was used more than once."""
        several = {layer for number, times in self._flow.uses.items() if times > 1 for layer in self._makers[number]}
        return several | {layer for layer, times in self._flow.runs.items() if times > 1}

    @listens
    def emit_cuts(self, _: ProjectEnded) -> None:
        """Tell where the graph is cut in `forward`, and whether layers that should learn are behind the cut."""
        for cut_off in self._cut_off:
            severance, model = cut_off.severance, cut_off.model
            parts = self._inside(model)
            layers = [parts[number] for number in severance.layers if number in parts]
            learning = [layer for layer in layers if layer_of(self.machine, layer).parameters is Yes]
            optimizers = self._optimizers.that_may_hold(subject_of(self.machine.state, model), cut_off.program)
            should_learn = all(self._should_learn(layer, optimizers) for layer in learning)
            whole = len(layers) == len(severance.layers) and should_learn
            names = frozenset[str]().union(*map(self.machine.names_of, learning))
            plain = cuts_on_purpose(replace(cut_off.cut, layers=names)) is No
            self.emit(
                GraphCut(
                    site=severance.site,
                    via=severance.via,
                    owner=model.last,
                    call=severance.call,
                    layers=tuple(sorted({self._name_in(model, each) for each in learning})),
                    on_the_way=Yes if cut_off.alone and plain and whole and learning else No,
                ),
                model.number,
            )

    def _should_learn(self, layer: Thing, optimizers: list[Thing]) -> bool:
        """Whether a layer is not frozen, by its mode, its parameters and the optimizers, nor comes finished."""
        if layer.of is None and not layer.dotted.startswith("torch.nn"):
            return False
        if any(mode.training is not Yes for mode in modes.modes_of(self.machine, layer)):
            return False
        state = self.machine.state
        if any(state.get(FROZEN, number) is not No for number in inside(state, layer)):
            return False
        owner = Subject(frozenset((layer.number,)), above(state, layer), open=False)
        held = [state.get(GROUPS, optimizer.number).concerns(owner) for optimizer in optimizers]
        return not held or any(each is not No for each in held)

    def _inside(self, model: Thing) -> dict[int, Thing]:
        """The objects in a model, by number."""
        parts = inside(self.machine.state, model)
        return {number: part for number, part in parts.items() if isinstance(part, Thing) and part is not model}

    def _name_in(self, model: Thing, layer: Thing) -> str:
        named = self.machine.children_of(model).items()
        return next((shown_name(name) for name, child in named if child is layer), layer.last)
