"""What a detector is: it listens to the run on paper, keeps a memory of its own, and emits the facts of one family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, get_type_hints

from torchlint.facts.fact import Fact
from torchlint.source.paper.python.bus import Bus, Happening
from torchlint.source.paper.python.machine import Machine

Method = TypeVar("Method", bound=Callable[..., None])


def listens(method: Method) -> Method:
    """Mark a method of a detector as a listener to the kind of occurrence that its argument is annotated with."""
    method.__dict__["listens"] = True
    return method


class Detector:
    """One family of facts. `machine` is read to see where the run stands, and never changed."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def subscribe(self, bus: Bus) -> None:
        """Listen to every kind of occurrence that a method asks for."""
        for kind, name in _listeners(type(self)):
            bus.subscribe(type(self).__name__, kind, getattr(self, name))

    def emit(self, fact: Fact, *more: object) -> None:
        """Make a fact; `more` tells apart those of one place."""
        self.machine.record(fact, *more)

    def remember(self) -> None:
        """Say that something was learnt, so that the call in which it happened is not answered from memory again."""
        self.machine.effects += 1


def _listeners(detector: type[Detector]) -> list[tuple[Happening, str]]:
    found: list[tuple[Happening, str]] = []
    for name in dir(detector):
        method: Any = getattr(detector, name)
        if getattr(method, "__dict__", {}).get("listens"):
            kinds = [kind for parameter, kind in get_type_hints(method).items() if parameter != "return"]
            assert len(kinds) == 1, f"{detector.__name__}.{name} must take one kind of occurrence"
            found.append((kinds[0], name))
    return found
