"""What happens to the gradients of a subject on the ways of an iteration: the reading that the step rules share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from torchlint.facts.answer import Answer, No, Unknown, Yes, join
from torchlint.facts.event import (
    Backward,
    Clear,
    Clip,
    Event,
    LossComputed,
    ParameterEvent,
    Step,
    Unscale,
    WritesGradient,
    WritesWeights,
    may_train_unseen,
)
from torchlint.facts.subject import Subject
from torchlint.facts.way import Moment, Way

SomeParameterEvent = TypeVar("SomeParameterEvent", bound=ParameterEvent)


@dataclass(frozen=True, slots=True)
class Gradients:
    """The gradients of a subject at one moment of a way.

    `present` says whether there are any that no step has used. `computed_by` are the backwards that added to them since
    they may have been cleared; `scaled_by` is the last of these where its loss was scaled and nothing has unscaled or
    used them. `used_by` and `clipped_by` are the last step and the last clipping since a backward, which `seen` says
    there was. A call that may train unseen leaves nothing known.
    """

    present: Answer = Unknown
    computed_by: tuple[Backward, ...] = ()
    scaled_by: Backward | None = None
    clipped_by: Clip | None = None
    used_by: Step | None = None
    seen: bool = False

    def after(self, event: ParameterEvent, certain: bool) -> Gradients:
        """What is known once an event has happened; `certain` is False where it may concern another subject."""
        match event:
            case Backward():
                scaled = event if event.scaled is Yes and not event.by_framework else None
                return Gradients(
                    present=self._present(Unknown if event.may_clear else Yes, certain),
                    computed_by=(*self.computed_by, event) if certain else self.computed_by,
                    scaled_by=scaled if certain else self.scaled_by,
                    seen=True,
                )
            case Step():
                return replace(
                    self,
                    present=self._present(No if event.closure is No else Unknown, certain),
                    scaled_by=None,
                    used_by=event if certain and self.seen else self.used_by,
                )
            case Unscale():
                return replace(self, scaled_by=None)
            case Clip():
                return replace(self, clipped_by=event)
            case Clear():
                return replace(self, present=self._present(No, certain), computed_by=())
        return self

    def _present(self, answer: Answer, certain: bool) -> Answer:
        return answer if certain else join((self.present, answer))


class Ledger:
    """The gradients of one subject, at every moment of every way; `concerns` says whose an event is."""

    def __init__(self, ways: Sequence[Way], concerns: Callable[[Subject], Answer]) -> None:
        self._ways = ways  # They are known by their identity, as long as they live.
        self._concerns = concerns
        self._events = tuple({id(event): event for way in ways for event in self._about(way.events)}.values())
        self._books: dict[int, tuple[Gradients, ...]] = {}

    def at(self, moment: Moment[Event], *, repeats: bool = False) -> Gradients:
        """The gradients before a moment: in an iteration by itself, or when the same way was gone through before."""
        return self._book(moment.way)[moment.index + len(moment.way.events) * repeats]

    def ahead(self, moment: Moment[Event], *, repeats: bool = False) -> Iterator[tuple[ParameterEvent, bool]]:
        """What happens next, each with whether it surely concerns the subject, up to a call that may train unseen."""
        for event in moment.onward if repeats else moment.after:
            if may_train_unseen(event):
                return
            for each in self._about((event,)):
                yield each, self._concerns(each.subject) is Yes

    def unlearned(self, moment: Moment[Clear], *, repeats: bool = False) -> Step | None:
        """The step that comes next after a clearing, where no backward uses the loss that is computed in between."""
        lost = False
        step: Step | None = None
        for event in moment.onward if repeats else moment.after:
            if may_train_unseen(event):
                return None
            if isinstance(event, LossComputed):
                if step is not None:
                    return step
                lost = True
            for each in self._about((event,)):
                match each:
                    case Backward() | WritesGradient() | WritesWeights():
                        return None
                    case Step() if step is None:
                        if not lost or each.closure is not No or self._concerns(each.subject) is not Yes:
                            return None
                        step = each
        return step

    def events(self, *kinds: type[SomeParameterEvent]) -> tuple[SomeParameterEvent, ...]:
        """The events of some kinds, on any way, that may concern the subject, each once."""
        return tuple(event for event in self._events if isinstance(event, kinds))

    def surely(self, kind: type[SomeParameterEvent]) -> tuple[SomeParameterEvent, ...]:
        """The events of a kind, on any way, that concern the subject for certain, each once."""
        return tuple(event for event in self.events(kind) if self._concerns(event.subject) is Yes)

    def _about(self, events: Sequence[Event]) -> Iterator[ParameterEvent]:
        for event in events:
            if isinstance(event, ParameterEvent) and self._concerns(event.subject) is not No:
                yield event

    def _book(self, way: Way) -> tuple[Gradients, ...]:
        """The gradients before each event of a way that is gone through twice."""
        book = self._books.get(id(way))
        if book is None:
            book = self._books[id(way)] = tuple(self._balances(way.events * 2))
        return book

    def _balances(self, events: Sequence[Event]) -> Iterator[Gradients]:
        gradients = Gradients()
        for event in events:
            yield gradients
            if may_train_unseen(event):
                gradients = Gradients()
            for each in self._about((event,)):
                gradients = gradients.after(each, self._concerns(each.subject) is Yes)
