"""The orders in which the events of an iteration can happen, and what lies before and after each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from torchlint.facts.event import Event, Step

SomeEvent = TypeVar("SomeEvent", bound=Event)
SomeMoment = TypeVar("SomeMoment", bound=Event, covariant=True)


@dataclass(frozen=True, slots=True)
class Way:
    """One order of events in which the program can go through an iteration; inner loops are gone through twice."""

    events: tuple[Event, ...]

    def of(self, kind: type[SomeEvent]) -> Iterator[SomeEvent]:
        """The events of a kind, in order."""
        return (event for event in self.events if isinstance(event, kind))

    @property
    def optimizers(self) -> int:
        """How many optimizers step on it."""
        return len({step.optimizer for step in self.of(Step)})

    def moments(self, kind: type[SomeEvent]) -> Iterator[Moment[SomeEvent]]:
        """The events of a kind with their places on the way, in order."""
        return (Moment(event, self, index) for index, event in enumerate(self.events) if isinstance(event, kind))


@dataclass(frozen=True, slots=True)
class Moment(Generic[SomeMoment]):
    """An event at its place on one way."""

    event: SomeMoment
    way: Way
    index: int

    @property
    def before(self) -> tuple[Event, ...]:
        """What precedes it, the latest first."""
        return self.way.events[: self.index][::-1]

    @property
    def after(self) -> tuple[Event, ...]:
        """What follows it, the earliest first."""
        return self.way.events[self.index + 1 :]

    @property
    def onward(self) -> tuple[Event, ...]:
        """What follows it, then what the same way does in the next iteration up to there, the earliest first."""
        return self.after + self.way.events[: self.index]
