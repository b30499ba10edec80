"""Detects checkpoints from which a program resumes, and the schedulers and scalers that they leave out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from torchlint.facts.answer import Answer, No, Yes
from torchlint.facts.checkpoint import Checkpoint
from torchlint.facts.event import Schedule, Step
from torchlint.facts.site import Site
from torchlint.knowledge.names import mentions_model, names_optimizer, names_scaler, names_scheduler, shortest
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.steps.escapes import Escapes
from torchlint.source.paper.detect.steps.reach import reachable
from torchlint.source.paper.domain.values import Kind, Literal, Opaque, StateOf, Thing, Value, Weights, options
from torchlint.source.paper.occurrences.calls import AttributeAssigned
from torchlint.source.paper.occurrences.layers import Built
from torchlint.source.paper.occurrences.program import EntryEnded, LoopRan
from torchlint.source.paper.occurrences.training import Saved, SchedulerCalled, StateLoaded
from torchlint.source.paper.python.machine import Machine

BESIDE = (Kind.SCHEDULER, Kind.SCALER)
"""What steps along with the optimizer, and has a state of its own."""

NAMED = {
    Kind.SCHEDULER: names_scheduler,
    Kind.SCALER: names_scaler,
    Kind.OPTIMIZER: names_optimizer,
    Kind.LAYER: mentions_model,
}
"""What an object is of which no more than its name is known."""


@dataclass(frozen=True, slots=True)
class Save:
    """A call that saves something: of what kinds that is."""

    site: Site
    via: tuple[Site, ...]
    kinds: frozenset[Kind]


@dataclass(slots=True)
class Program:
    """What one program saves, loads and steps.

    `stepping` are the schedulers and scalers that step in loops, `scalers` those that were built; `made_anew` are the
    kinds whose state is rebuilt without being loaded, or may be.
    """

    saves: list[Save] = field(default_factory=list)
    loaded: set[Kind] = field(default_factory=set)
    stepping: list[Thing] = field(default_factory=list)
    scalers: list[Thing] = field(default_factory=list)
    made_anew: set[Kind] = field(default_factory=set)
    trains: bool = False


class Checkpoints(Detector):
    """The calls that save, program by program."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._escapes = self.share(Escapes)
        self._program = Program()

    @listens
    def collect_built(self, built: Built) -> None:
        """A schedule that is told where it stands begins there."""
        made = built.made
        if made.kind is Kind.SCHEDULER:
            self._escapes.wanted = True
            given = made.arguments.get("last_epoch")
            if made.arguments.unknown or (given is not None and not (isinstance(given, Literal) and given.value == -1)):
                self._program.made_anew.add(Kind.SCHEDULER)
        elif made.kind is Kind.SCALER:
            self._escapes.wanted = True
            self._program.scalers.append(made)

    @listens
    def collect_saved(self, saved: Saved) -> None:
        """Remember what a call saves."""
        kinds = frozenset(self._kinds_in(saved.held))
        self._program.saves.append(Save(saved.site, tuple(self.machine.via), kinds))
        self.remember()

    @listens
    def collect_loaded(self, loaded: StateLoaded) -> None:
        """Remember what is read back; of what is not known, its name says what it is."""
        for each in options(loaded.into):
            self._program.loaded.update(self._kinds_of(each))
        self.remember()

    @listens
    def collect_step(self, step: Step) -> None:
        """Remember that the program trains, and with which scalers."""
        if self.machine.loops:
            self._program.trains = True
            if step.scaler is Yes:
                self._program.stepping += self._program.scalers
                self._program.scalers = []

    @listens
    def collect_scheduler(self, called: SchedulerCalled) -> None:
        """Remember the schedulers that step in loops."""
        for each in options(called.scheduler) if called.method == "step" and self.machine.loops else ():
            if isinstance(each, Thing) and each not in self._program.stepping:
                self._program.stepping.append(each)

    @listens
    def collect_schedule(self, schedule: Schedule) -> None:
        """A schedule that is given the epoch is computed from it."""
        if schedule.epoch_given is not No and schedule.scheduler != "ReduceLROnPlateau":
            self._program.made_anew.add(Kind.SCHEDULER)

    @listens
    def collect_loop(self, ran: LoopRan) -> None:
        """A loop that steps the scheduler and no optimizer winds the schedule forward."""
        if Schedule in ran.kinds and Step not in ran.kinds:
            self._program.made_anew.add(Kind.SCHEDULER)

    @listens
    def collect_attribute(self, assigned: AttributeAssigned) -> None:
        """A count that is set by hand."""
        if assigned.name in ("last_epoch", "_step_count"):
            self._program.made_anew.add(Kind.SCHEDULER)

    @listens
    def emit_checkpoints(self, _: EntryEnded) -> None:
        """Tell of the checkpoints of a program that has ended."""
        program, self._program = self._program, Program()
        if self.machine.bus.path in self.machine.budget.gave_up:
            return
        saved = frozenset[Kind]().union(*(each.kinds for each in program.saves))
        resumed = program.trains and {Kind.LAYER, Kind.OPTIMIZER} <= program.loaded
        left_out = [each for each in program.stepping if self._is_left_out(each, program)]
        for save in program.saves:
            if {Kind.LAYER, Kind.OPTIMIZER} <= save.kinds:
                fact = Checkpoint(
                    site=save.site,
                    via=save.via,
                    resumed=Answer.of(resumed),
                    not_saved=self._names(each for each in left_out if each.kind not in saved),
                    not_loaded=self._names(each for each in left_out if each.kind in saved),
                )
                self.emit(fact)

    def _is_left_out(self, thing: Thing, program: Program) -> bool:
        """Whether the state of a scheduler or scaler is surely lost."""
        return (
            thing.of is None
            and thing.kind in BESIDE
            and thing.kind not in program.made_anew | program.loaded
            and thing.number not in self._escapes.numbers
        )

    def _names(self, things: Iterator[Thing]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(shortest(self.machine.names_of(each)) or each.kind.value for each in things))

    def _kinds_in(self, held: Value) -> Iterator[Kind]:
        """What a file holds; where nothing is known of it, it may hold the state of anything."""
        if isinstance(held, Opaque) and not isinstance(held, (StateOf, Weights)):
            yield from BESIDE
        for each in reachable(self.machine, iter((held,))):
            match each:
                case Weights():
                    yield Kind.LAYER
                case StateOf():
                    yield from self._kinds_of(each.owner)
                case Thing(kind=kind):
                    yield kind
                case Opaque(from_call=True, name="state_dict"):
                    yield from (Kind.LAYER, *BESIDE)
                case Opaque():
                    yield from self._named(each)

    def _kinds_of(self, owner: Value) -> Iterator[Kind]:
        """What an object is whose state is saved or loaded: anything, where its name does not say."""
        kinds = (owner.kind,) if isinstance(owner, Thing) else self._named(owner)
        yield from kinds or (Kind.LAYER, *BESIDE)

    def _named(self, value: Value) -> tuple[Kind, ...]:
        names = self.machine.names_of(value) | {getattr(value, "name", "")}
        return next(((kind,) for kind, says in NAMED.items() if any(map(says, names))), ())
