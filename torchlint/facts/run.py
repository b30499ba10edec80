"""What a run does in its loops: training iterations, evaluations, predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import Event, Forward, Step, may_train_unseen
from torchlint.facts.fact import Fact
from torchlint.facts.ledger import Ledger
from torchlint.facts.site import Site
from torchlint.facts.subject import Subject
from torchlint.facts.way import Moment, SomeEvent, Way

SomeCause = TypeVar("SomeCause", bound=Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingIteration(Fact):
    """One iteration of training: `site` is the innermost loop that runs an optimizer step, else a backward.

    `loop` is No when the code stands in no loop that was read (a `train_step` method). `ways` are all the orders
    of events that an iteration can take; `complete` is No when there were too many to list, or a part could not
    be looked into. `around` are the events of the enclosing loops outside this one.
    `loader` names what it iterates over; `on_evaluation_data` is Yes when that is data held out for evaluation and
    every iteration runs backward. `gathered` is what an inner loop over the batches of one step computes and clears.
    `idle` are the optimizers among those that clear which no program steps. `norms` are, for the place of a step, the
    norms of the gradients that it was given, in order, where a run was seen.
    """

    loop: Answer
    ways: tuple[Way, ...]
    complete: Answer
    loader: str = ""
    around: tuple[Event, ...] = ()
    on_evaluation_data: Answer = Unknown
    gathered: frozenset[Site] = frozenset()
    idle: frozenset[int] = frozenset()
    norms: tuple[tuple[Site, tuple[float, ...]], ...] = ()

    _events: tuple[Event, ...] = field(init=False, repr=False, compare=False)
    _optimizers: int = field(init=False, repr=False, compare=False)
    _ledgers: dict[Subject, Ledger] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        every = {id(event): event for way in self.ways for event in way.events}
        object.__setattr__(self, "_events", tuple(every.values()))
        object.__setattr__(self, "_ledgers", {})
        object.__setattr__(self, "_optimizers", max((way.optimizers for way in self.ways), default=0))

    @property
    def trains(self) -> bool:
        """Whether an optimizer steps, in the iteration or in a loop around it."""
        return self._optimizers > 0 or any(isinstance(event, Step) for event in self.around)

    @property
    def is_part(self) -> bool:
        """Whether an optimizer steps in a loop around it alone: it gathers gradients for an iteration of that one."""
        return self._optimizers == 0 and any(isinstance(event, Step) for event in self.around)

    @property
    def fully_known(self) -> bool:
        """Whether this is the whole iteration of a loop, and no call in it could train without being seen."""
        return self.loop is Yes and self.complete is Yes and not any(map(may_train_unseen, self._events))

    def covers(self) -> frozenset[Site]:
        """The loop and every event in it."""
        return frozenset((self.site,)) | {event.site for event in self._events}

    def events(self, kind: type[SomeEvent]) -> tuple[SomeEvent, ...]:
        """The events of a kind on any way, each once."""
        return tuple(event for event in self._events if isinstance(event, kind))

    def norms_at(self, step: Site) -> tuple[float, ...]:
        """The norms of the gradients that were seen at a step."""
        return next((norms for site, norms in self.norms if site == step), ())

    def ledger(self, subject: Subject) -> Ledger:
        """What the ways do with the gradients of a subject."""
        ledger = self._ledgers.get(subject)
        if ledger is None:
            ledger = self._ledgers[subject] = Ledger(self.ways, lambda other: self.concerns(other, subject))
        return ledger

    def always(
        self,
        kind: type[SomeEvent],
        cause: Callable[[Moment[SomeEvent]], SomeCause | None],
        beside: type[Event] = Event,
    ) -> Iterator[tuple[SomeEvent, SomeCause]]:
        """The events of a kind for which `cause` finds another event on every way that has them, with the first found.

        One event is given for each place. A way without any event of the kind `beside` (a batch that is skipped)
        does not count.
        """
        found: dict[Site, list[tuple[SomeEvent, SomeCause | None]]] = {}
        for way in self.ways:
            for moment in way.moments(kind) if any(way.of(beside)) else ():
                found.setdefault(moment.event.site, []).append((moment.event, cause(moment)))
        for answers in found.values():
            event, first = answers[0]
            if first is not None and all(other is not None for _, other in answers):
                yield event, first

    def concerns(self, first: Subject, second: Subject) -> Answer:
        """Whether two events share parameters; with one optimizer in the loop, what is not known is its."""
        answer = first.concerns(second)
        return Yes if answer is Unknown and self._optimizers <= 1 else answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation(Fact):
    """An evaluation loop as the catalogue defines it, or a function that draws one batch and only measures.

    `site` is the loop, or the forward call where there is none. A loop in which gradients are computed on purpose
    (attacks, saliency maps) is no evaluation. `also_trains` is Yes when the same loop trains on another way there.
    """

    forwards: tuple[Forward, ...]
    also_trains: Answer = No

    def covers(self) -> frozenset[Site]:
        """The loop and every forward call in it."""
        return frozenset((self.site,)) | {forward.site for forward in self.forwards}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction(Fact):
    """A forward call of a model whose weights were loaded, in a program that never trains it."""

    forward: Forward


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochLoop(Fact):
    """A loop around training loops whose loader has a distributed sampler.

    `shuffles` is the sampler's, `sets_epoch` says whether the loop calls `set_epoch`. `sampler` is the class of the
    sampler, `called` the expression by which the script knows it, empty where it has no name. `written` is an
    expression that means it at the start of the loop, whatever the way there, empty where none is known.
    """

    shuffles: Answer
    sets_epoch: Answer
    sampler: str = "DistributedSampler"
    called: str = ""
    written: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingEntry(Fact):
    """A training loop as reached from the program's start; `seeded` says whether torch was seeded on the way.

    `first` is the statement of the script in which its first model is built, where that is always the same.
    """

    seeded: Answer
    first: Site | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedModel(Fact):
    """A model that nothing changes runs without gradients in the training step of another: a teacher, an encoder.

    `site` is its forward call.
    """

    forward: Forward
