"""What observes a run: its methods subscribe to events by their class, and facts come out at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from torchlint.facts.fact import Fact
from torchlint.live.stream.events import LiveEvent
from torchlint.live.stream.places import Here

Event = TypeVar("Event", bound=LiveEvent)
Self = TypeVar("Self")
Method = Callable[[Self, Event, Here], None]
_SUBSCRIPTION = "torchlint subscription"


@dataclass(frozen=True, slots=True)
class Subscription:
    """That a method is called with the events of a class; `closely` limits it to sampled steps."""

    event: type[LiveEvent]
    method: str
    closely: bool


def on(event: type[Event], *, closely: bool = False) -> Callable[[Method[Self, Event]], Method[Self, Event]]:
    """Subscribe a method of an observer to the events of a class; `closely` to those of sampled steps alone."""

    def subscribe(method: Method[Self, Event]) -> Method[Self, Event]:
        method.__dict__[_SUBSCRIPTION] = Subscription(event, method.__name__, closely)
        return method

    return subscribe


class Observer:
    """Observes the run and makes facts of it; an event that it does not subscribe to costs nothing.

    Nothing here may change the run: no random number drawn, no tensor written, none kept alive (hold weak
    references). `here` is valid during the call alone: `here()` gives the site, `here.via` the calls that led there.
    What an observer runs of torch itself, it runs under `recorder.paused()`. An observer that raises is dropped. One
    with `skips_repeats` is not called in steps that repeat the one before.
    """

    skips_repeats: ClassVar[bool] = False
    subscriptions: ClassVar[dict[type[LiveEvent], Subscription]] = {}

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        found = [each for value in vars(cls).values() if (each := _subscription(value)) is not None]
        own = {each.event: each for each in found}
        if len(own) < len(found):
            raise TypeError(f"{cls.__name__} subscribes twice to one class of events")
        cls.subscriptions = {**cls.subscriptions, **own}

    def stop(self) -> None:
        """The watch is over, also in the middle of a pass: nothing of ours may stay in torch."""

    def finish(self) -> Iterable[Fact]:
        """The facts known by now. May be asked for more than once, and while the run goes on."""
        return ()


def _subscription(value: object) -> Subscription | None:
    found = getattr(value, "__dict__", {}).get(_SUBSCRIPTION)
    return found if isinstance(found, Subscription) else None
