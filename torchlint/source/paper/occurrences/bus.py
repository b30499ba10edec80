"""The bus between the interpreter and the detectors: what happens is told once, to whoever listens to its kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torchlint.facts.event import Event
from torchlint.source.paper.domain.frozen import frozen

Handler = Callable[[Any], None]


class GaveUp(Exception):
    """The work allowed for one entry is used up."""


@frozen
class Occurrence:
    """Something that happens as a program runs on paper; each kind is a class of its own."""


Happening = type[Occurrence] | type[Event]
"""What can be listened to: the events of a run, and what else happens as it is followed."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A listener that raised, and the file that was being run."""

    error: Exception
    path: str


class Bus:
    """Who listens to which kind of occurrence. A listener that raises is left out from then on, and named."""

    def __init__(self) -> None:
        self.path = ""
        self.failed: dict[str, Failure] = {}
        self.shared: dict[type[object], Any] = {}
        self._dependents: dict[str, list[str]] = defaultdict(list)
        self._handlers: dict[Happening, list[tuple[str, Handler]]] = defaultdict(list)

    def subscribe(self, listener: str, kind: Happening, handler: Handler) -> None:
        """Tell `handler` of every occurrence of a kind; `listener` names whose handler it is."""
        self._handlers[kind].append((listener, handler))

    def depend(self, listener: str, on: str) -> None:
        """Leave a listener out when the one on which it depends has raised."""
        self._dependents[on].append(listener)

    def listens(self, kind: Happening) -> bool:
        """Whether anybody listens to a kind, so that it is worth telling."""
        return kind in self._handlers

    def tell(self, occurrence: Occurrence | Event, *, running: bool = True) -> None:
        """Tell everyone who listens to the kind of an occurrence.

        While a program is `running`, a limit that a listener meets is the program's; after it, the listener's own.
        """
        for listener, handler in self._handlers.get(type(occurrence), ()):
            if listener in self.failed:
                continue
            try:
                handler(occurrence)
            except Exception as error:
                if running and isinstance(error, (GaveUp, RecursionError)):
                    raise
                self._fail(listener, error)

    def _fail(self, listener: str, error: Exception) -> None:
        if listener not in self.failed:
            self.failed[listener] = Failure(error, self.path)
            for dependent in self._dependents[listener]:
                self._fail(dependent, error)
