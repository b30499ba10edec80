"""What happened on paper, as a tree of events; and the ways through it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from torchlint.facts.event import Event
from torchlint.source.paper.state.condition import Condition

LIMIT = 256


class TooManyWays(Exception):
    """There are more ways through than are worth telling."""


class Exit(Enum):
    """How a block is left before its end, by the statement that leaves it."""

    RETURN = "return"
    BREAK = "break"
    CONTINUE = "continue"
    RAISE = "raise"


class Construct(Enum):
    """What a block is the body of."""

    FUNCTION = "function"
    LOOP = "loop"


@dataclass(slots=True)
class End:
    """The rest of a block is not run."""

    exit: Exit


@dataclass(slots=True)
class Fork:
    """A branch: each alternative with the condition, if it has a name, and its truth."""

    alternatives: list[tuple[Condition | None, bool, list[Node]]]


@dataclass(slots=True)
class Block:
    """A part that a `return` (of a function) or a `break` or `continue` (of a loop) leaves."""

    body_of: Construct
    nodes: list[Node] = field(default_factory=list)


Node: TypeAlias = Event | End | Fork | Block


@dataclass(frozen=True, slots=True)
class Path:
    """One way, as far as it was followed; `exit` is None where it came to the end."""

    events: tuple[Event, ...] = ()
    exit: Exit | None = None
    assumed: frozenset[tuple[Condition, bool]] = frozenset()


def matters(nodes: list[Node]) -> bool:
    """Whether anything in these nodes tells one way from another."""
    return any(not isinstance(node, Block) or matters(node.nodes) for node in nodes)


def events(nodes: list[Node]) -> Iterator[Event]:
    """Every event in the tree, in order."""
    for node in nodes:
        match node:
            case Event():
                yield node
            case Fork():
                for _, _, alternative in node.alternatives:
                    yield from events(alternative)
            case Block():
                yield from events(node.nodes)


def without(nodes: list[Node], kinds: tuple[type[Event], ...]) -> list[Node]:
    """The tree without the events of some kinds, and without the branches that then tell nothing."""
    kept: list[Node] = []
    for node in nodes:
        match node:
            case Fork():
                pruned = [(condition, truth, without(inner, kinds)) for condition, truth, inner in node.alternatives]
                if any(matters(inner) for _, _, inner in pruned):
                    kept.append(Fork(pruned))
            case Block():
                inner = without(node.nodes, kinds)
                if matters(inner):
                    kept.append(Block(node.body_of, inner))
            case _ if not isinstance(node, kinds):
                kept.append(node)
    return kept


def ways(nodes: list[Node]) -> list[Path]:
    """All ways through; raises TooManyWays past the limit."""
    paths = [Path()]
    for node in nodes:
        extended: dict[object, Path] = {}
        for path in paths:
            for longer in (path,) if path.exit else _through(node, path):
                extended.setdefault((tuple(map(id, longer.events)), longer.exit, longer.assumed), longer)
        if len(extended) > LIMIT:
            raise TooManyWays
        paths = list(extended.values())
    return paths


def _through(node: Node, path: Path) -> Iterator[Path]:
    match node:
        case Event():
            yield Path((*path.events, node), None, path.assumed)
        case End():
            yield Path(path.events, node.exit, path.assumed)
        case Fork():
            for condition, truth, alternative in node.alternatives:
                if condition is not None and (condition, not truth) in path.assumed:
                    continue
                assumed = path.assumed | {(condition, truth)} if condition is not None else path.assumed
                for inner in ways(alternative):
                    if not any((key, not held) in assumed for key, held in inner.assumed):
                        yield Path(path.events + inner.events, inner.exit, assumed | inner.assumed)
        case Block():
            for inner in ways(node.nodes):
                if any((key, not held) in path.assumed for key, held in inner.assumed):
                    continue
                of_loop = node.body_of is Construct.LOOP
                left = inner.exit is Exit.RAISE or (inner.exit is Exit.RETURN and of_loop)
                assumed = path.assumed if of_loop else path.assumed | inner.assumed
                yield Path(path.events + inner.events, inner.exit if left else None, assumed)
