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
from torchlint.source.paper.occurrences.layers import ForwardEnded, ForwardStarted, LayerRun, TensorDetached, TensorUsed
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import FROZEN, GROUPS
from torchlint.source.paper.state.containers import values_in
from torchlint.source.paper.state.objects import above, inside, shown_name


@dataclass(frozen=True, slots=True)
class CutOff:
    """Layers that a program cuts off in a model by a `cut`: those that have no other way to its output."""

    severance: Severance
    model: Thing
    program: int
    cut: Cut
    layers: frozenset[int]


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
        self._given: set[int] = set()
        self._cuts: dict[Severance, tuple[Cut, TensorValue, TensorValue]] = {}
        self._cut_off: list[CutOff] = []

    @listens
    def start_forward(self, _: ForwardStarted) -> None:
        """Remember in how many conditions, loops and functions the model itself is run."""
        machine = self.machine
        self._nesting, self._loops, self._frames = machine.place.nesting, len(machine.loops), len(machine.frames)
        self._makers.clear()
        self._given.clear()
        self._cuts.clear()

    @listens
    def collect_maker(self, read: TensorUsed) -> None:
        """Remember which layers a tensor that is used comes from."""
        self._makers[read.tensor.number] = read.tensor.subject.own

    @listens
    def collect_given(self, run: LayerRun) -> None:
        """Remember that a tensor is what a layer gave, and nothing computed from it."""
        self._given.add(run.output.number)

    @listens
    def collect_cut(self, detached: TensorDetached) -> None:
        """Remember a cut, and what stands around it in the model."""
        machine = self.machine
        guarded = machine.place.nesting > self._nesting or len(machine.loops) > self._loops
        names, place = machine.names_of(detached.tensor), place_of(machine, since=self._frames)
        self._cuts[detached.severance] = Cut(names, place, guarded), detached.tensor, detached.result

    @listens
    def finish_forward(self, ended: ForwardEnded) -> None:
        """Remember which cuts of the model leave the layers before them no other way."""
        if not self._cuts:
            return
        parts = [part for part in self._parts(ended.output) if isinstance(part, TensorValue)]
        on_the_way = {each for part in parts for each in part.cuts}
        attached = {layer for part in parts for layer in part.subject.own} | self._forked()
        for severance, (cut, tensor, result) in self._cuts.items():
            if severance not in on_the_way:
                continue
            layers = self._without_other_way(severance, tensor, attached)
            named = replace(cut, names=cut.names | self.machine.names_of(result) | {ended.model.last})
            self._cut_off.append(CutOff(severance, ended.model, self.machine.budget.entry, named, layers))

    def _without_other_way(self, severance: Severance, tensor: TensorValue, attached: set[int]) -> frozenset[int]:
        """The layers behind a cut that nothing else leads to; a difference may be cut for what was subtracted."""
        layers = severance.layers - attached
        return layers if layers == severance.layers or tensor.number in self._given else frozenset()

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
            if self._is_evaluated(model):
                continue  # What only predicts says nothing of what learns elsewhere.
            parts = self._inside(model)
            layers = [parts[number] for number in cut_off.layers if number in parts]
            learning = [layer for layer in layers if layer_of(self.machine, layer).parameters is Yes]
            optimizers = self._optimizers.that_may_hold(subject_of(self.machine.state, model), cut_off.program)
            should_learn = all(self._should_learn(model, layer, optimizers) for layer in learning)
            whole = len(layers) == len(cut_off.layers) and should_learn
            names = frozenset[str]().union(*map(self.machine.names_of, learning))
            plain = cuts_on_purpose(replace(cut_off.cut, layers=names)) is No
            self.emit(
                GraphCut(
                    site=severance.site,
                    via=severance.via,
                    owner=model.last,
                    call=severance.call,
                    layers=tuple(sorted({self._name_in(model, each) for each in learning})),
                    on_the_way=Yes if plain and whole and learning else No,
                ),
                model.number,
            )

    def _is_evaluated(self, model: Thing) -> bool:
        return all(mode.training is No for mode in modes.modes_of(self.machine, model))

    def _should_learn(self, model: Thing, layer: Thing, optimizers: list[Thing]) -> bool:
        """Whether a layer is not frozen, by its mode, its parameters and the optimizers, nor comes finished."""
        if layer.of is None and not layer.dotted.startswith("torch.nn"):
            return False
        held = modes.modes_of(self.machine, layer)
        if any(mode.training is not Yes for mode in held) and held != modes.modes_of(self.machine, model):
            return False  # Somebody switched it apart from its model, whose own mode may not be known.
        state = self.machine.state
        if any(state.get(FROZEN, number) is not No for number in inside(state, layer)):
            return False
        owner = Subject(frozenset((layer.number,)), above(state, layer), open=False)
        answers = [state.get(GROUPS, optimizer.number).concerns(owner) for optimizer in optimizers]
        return not answers or any(each is not No for each in answers)

    def _inside(self, model: Thing) -> dict[int, Thing]:
        """The objects in a model, by number."""
        parts = inside(self.machine.state, model)
        return {number: part for number, part in parts.items() if isinstance(part, Thing) and part is not model}

    def _name_in(self, model: Thing, layer: Thing) -> str:
        named = self.machine.children_of(model).items()
        return next((shown_name(name) for name, child in named if child is layer), layer.last)
