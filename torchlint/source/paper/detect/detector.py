"""What a detector is: it listens to the run on paper, keeps a memory of its own, and emits the facts of one family.

Detectors know nothing of each other; what several of them need is an analysis that they share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar, get_type_hints

from torchlint.facts.fact import Fact
from torchlint.source.paper.occurrences.bus import Bus, Happening
from torchlint.source.paper.python.machine import Machine

Method = TypeVar("Method", bound=Callable[..., None])
SomeAnalysis = TypeVar("SomeAnalysis", bound="Analysis")


def listens(method: Method) -> Method:
    """Mark a method of a detector as a listener to the kind of occurrence that its argument is annotated with."""
    method.__dict__["listens"] = True
    return method


class Listener:
    """What listens to the run on paper. `machine` is read to see where the run stands, and never changed."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def subscribe(self, bus: Bus) -> None:
        """Listen to every kind of occurrence that a method asks for."""
        for kind, name in _listeners(type(self)):
            bus.subscribe(type(self).__name__, kind, getattr(self, name))

    def share(self, kind: type[SomeAnalysis]) -> SomeAnalysis:
        """The analysis of a kind that all detectors of a run have in common; it is told of everything before them."""
        bus = self.machine.bus
        bus.depend(type(self).__name__, on=kind.__name__)
        if kind not in bus.shared:
            made = bus.shared[kind] = kind(self.machine)
            made.subscribe(bus)
        analysis: SomeAnalysis = bus.shared[kind]
        return analysis

    def share_all(self, kinds: Iterable[type[Analysis]]) -> None:
        """Depend on analyses that only tell of what they find."""
        for kind in kinds:
            self.share(kind)

    def remember(self) -> None:
        """Say that something was learnt, so that the call in which it happened is not answered from memory again."""
        self.machine.memory.effects += 1


class Analysis(Listener):
    """What several detectors need to know. It emits no facts."""


class Detector(Listener):
    """One family of facts; `facts` holds them by their occasions."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.facts: dict[object, Fact] = {}

    def emit(self, fact: Fact, *more: object) -> object:
        """Make a fact; the latest of a loop's passes replaces the earlier ones.

        `more` tells apart facts of one place. Gives the occasion, under which the fact can be revised.
        """
        self.remember()
        occasion = self.occasion(fact, *more)
        self.facts[occasion] = fact
        return occasion

    def occasion(self, fact: Fact, *more: object) -> object:
        """What tells one occasion of a fact from another."""
        machine = self.machine
        return (type(fact), fact.site, fact.via, machine.budget.entry, machine.items(), *more)

    def revise(self, occasion: object, fact: Fact) -> None:
        """Replace a fact that was made before by one that knows more."""
        self.facts[occasion] = fact


def _listeners(detector: type[Listener]) -> list[tuple[Happening, str]]:
    found: list[tuple[Happening, str]] = []
    for name in dir(detector):
        method: Any = getattr(detector, name)
        if getattr(method, "__dict__", {}).get("listens"):
            kinds = [kind for parameter, kind in get_type_hints(method).items() if parameter != "return"]
            assert len(kinds) == 1, f"{detector.__name__}.{name} must take one kind of occurrence"
            found.append((kinds[0], name))
    return found
