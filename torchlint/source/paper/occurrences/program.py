"""Programs, functions and loops that were run. Loops and functions are not told of inside a model's `forward`."""

from __future__ import annotations

from torchlint.facts.answer import Answer
from torchlint.facts.event import Event
from torchlint.facts.site import Site
from torchlint.source.paper.domain.frozen import frozen
from torchlint.source.paper.domain.values import Value
from torchlint.source.paper.occurrences.bus import Occurrence
from torchlint.source.paper.state.frames import Loop
from torchlint.source.paper.state.trace import Node, events


@frozen
class EntryEnded(Occurrence):
    """One program, a script from its top or a function that nobody calls, was run to its end."""


@frozen
class ProcessesStarted(Occurrence):
    """A call at a site is about to run a function in other processes."""

    site: Site


@frozen
class ProjectEnded(Occurrence):
    """Everything was run: what was remembered can be told."""


@frozen
class LoopRan(Occurrence):
    """A loop was gone through; `nodes` are the last iteration's events as a tree, `events` the same in a row."""

    loop: Loop
    nodes: list[Node]
    events: tuple[Event, ...]
    kinds: frozenset[type[Event]]

    @classmethod
    def of(cls, loop: Loop, nodes: list[Node]) -> LoopRan:
        """A loop of whose last iteration these are the events."""
        found = tuple(events(nodes))
        return cls(loop, nodes, found, frozenset(map(type, found)))


@frozen
class IterationEnded(Occurrence):
    """The body of a loop over a loader was run once."""

    loader: Value


@frozen
class FunctionRan(Occurrence):
    """The function on top of the frames was run, and is about to return."""

    nodes: list[Node]


@frozen
class ProgramRan(Occurrence):
    """A script, or a function or method that nothing in the project calls, was run.

    It is `repeated` where a framework calls it again and again.
    """

    nodes: list[Node]
    site: Site
    repeated: Answer
