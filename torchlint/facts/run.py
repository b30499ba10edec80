"""What a run does in its loops: training iterations, evaluations, predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import Backward, Clip, Event, Forward, Step, Unscale, Unseen
from torchlint.facts.fact import Fact
from torchlint.facts.site import Site
from torchlint.facts.subject import ANYBODY, Subject

SomeEvent = TypeVar("SomeEvent", bound=Event)
TRAINED_WITH = frozenset({"model", "optimizer", "loss"})


@dataclass(frozen=True, slots=True)
class Moment(Generic[SomeEvent]):
    """An event on one way: `before` precedes it, the latest first; `after` follows it, the earliest first."""

    event: SomeEvent
    before: tuple[Event, ...]
    after: tuple[Event, ...]

    @property
    def back(self) -> tuple[Event, ...]:
        """What happens before it, then what the same way did in the iteration before, the latest first."""
        return self.before + self.after[::-1]

    @property
    def onward(self) -> tuple[Event, ...]:
        """What happens after it, then what the same way does in the next iteration, the earliest first."""
        return self.after + self.before[::-1]


@dataclass(frozen=True, slots=True)
class Way:
    """One order of events in which the program can go through an iteration; inner loops are gone through twice."""

    events: tuple[Event, ...]

    def of(self, kind: type[SomeEvent]) -> Iterator[SomeEvent]:
        """The events of a kind, in order."""
        return (event for event in self.events if isinstance(event, kind))

    def moments(self, kind: type[SomeEvent]) -> Iterator[Moment[SomeEvent]]:
        """The events of a kind with what is around each, in order."""
        for index, event in enumerate(self.events):
            if isinstance(event, kind):
                yield Moment(event, self.events[:index][::-1], self.events[index + 1 :])


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingIteration(Fact):
    """One iteration of training: `site` is the innermost loop that runs an optimizer step, else a backward.

    `loop` is No when the code stands in no loop that was read (a `train_step` method). `ways` are all the orders
    of events that an iteration can take; `complete` is No when there were too many to tell, or a part could not
    be looked into. `around` are the events of the enclosing loops outside this one.
    `loader` names what it iterates over; `on_evaluation_data` is Yes when that is data held out for evaluation and
    every iteration runs backward. `norms` are, for the place of a step, the norms of the gradients that it was given,
    in order, where a run was seen.
    """

    loop: Answer
    ways: tuple[Way, ...]
    complete: Answer
    loader: str = ""
    around: tuple[Event, ...] = ()
    on_evaluation_data: Answer = Unknown
    norms: tuple[tuple[Site, tuple[float, ...]], ...] = ()

    _events: tuple[Event, ...] = field(init=False, repr=False, compare=False)
    _optimizers: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        every = {id(event): event for way in self.ways for event in way.events}
        object.__setattr__(self, "_events", tuple(every.values()))
        object.__setattr__(self, "_optimizers", len({step.optimizer for step in self.events(Step)}))

    @property
    def trains(self) -> bool:
        """Whether an optimizer steps, in the iteration or in a loop around it."""
        return self._optimizers > 0 or any(isinstance(event, Step) for event in self.around)

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

    def touches(self, subject: Subject, *kinds: type[Event]) -> bool:
        """Whether an event of these kinds, on any way, may concern a subject."""
        return any(
            isinstance(event, kinds) and self.concerns(getattr(event, "subject", ANYBODY), subject) is not No
            for event in self._events
        )

    def always(
        self,
        kind: type[SomeEvent],
        spoils: Callable[[Moment[SomeEvent]], Event | None],
        beside: type[Event] = Event,
    ) -> Iterator[tuple[SomeEvent, Event]]:
        """The events of a kind that are spoilt on every way that contains them, each with what spoils it.

        `spoils` answers for one moment; one event is given for each place. A way without any event of the
        kind `beside` (a batch that is skipped) says nothing.
        """
        found: dict[Site, list[tuple[SomeEvent, Event | None]]] = {}
        for way in self.ways:
            for moment in way.moments(kind) if any(way.of(beside)) else ():
                found.setdefault(moment.event.site, []).append((moment.event, spoils(moment)))
        for answers in found.values():
            event, culprit = answers[0]
            if culprit is not None and all(other is not None for _, other in answers):
                yield event, culprit

    def still_scaled_by(self, moment: Moment[Clip] | Moment[Step]) -> Backward | None:
        """The backward of a scaled loss, if its gradients are those of a moment and nothing has unscaled them since."""
        subject = moment.event.subject
        for event in moment.before:
            match event:
                case _ if may_train_unseen(event):
                    return None
                case Unscale() | Step() if self.concerns(event.subject, subject) is not No:
                    return None
                case Backward() if self.concerns(event.subject, subject) is Yes:
                    return event if event.scaled is Yes and not event.by_framework else None
        return None

    def concerns(self, first: Subject, second: Subject) -> Answer:
        """Whether two events share parameters; with one optimizer in the loop, what is not known is its."""
        answer = first.concerns(second)
        return Yes if answer is Unknown and self._optimizers <= 1 else answer


def may_train_unseen(event: Event) -> bool:
    """Whether an event is a call that was not read and is given a model, an optimizer or a loss."""
    return isinstance(event, Unseen) and not event.handed.isdisjoint(TRAINED_WITH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation(Fact):
    """An evaluation loop as the catalogue defines it, or a function that draws one batch and only measures.

    `site` is the loop, or the forward call where there is none. A loop in which gradients are computed on purpose
    (attacks, saliency maps) is no evaluation.
    """

    forwards: tuple[Forward, ...]

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

    `shuffles` is the sampler's, `sets_epoch` says whether the loop calls `set_epoch`.
    """

    shuffles: Answer
    sets_epoch: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingEntry(Fact):
    """A training loop as reached from the program's start; `seeded` says whether torch was seeded on the way."""

    seeded: Answer
