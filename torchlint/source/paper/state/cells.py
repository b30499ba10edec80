"""Every cell of the state: what is known of variables, objects and modes, and what joining two ways keeps of it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple, TypeVar

from torchlint.facts.answer import Answer, No, Unknown, Yes, join
from torchlint.facts.site import Site
from torchlint.facts.subject import ANYBODY, NOBODY, Subject
from torchlint.source.paper.domain.join import either, join_subjects, join_tables, join_tensors
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import UNSET, Value
from torchlint.source.paper.state.cell import Cell, Lifetime
from torchlint.source.paper.state.condition import Condition

Part = TypeVar("Part", bound=Hashable)


def both(first: Answer, second: Answer) -> Answer:
    """The answer that both ways give."""
    return join((first, second))


def union(first: frozenset[Part], second: frozenset[Part]) -> frozenset[Part]:
    """What either way knows of."""
    return first | second


def perhaps(first: bool, second: bool) -> bool:
    """Whether it may be so."""
    return first or second


def both_ways(first: bool, second: bool) -> bool:
    """Whether it is so on both ways."""
    return first and second


def same_or_none(first: Part | None, second: Part | None) -> Part | None:
    """What both ways agree on."""
    return first if first == second else None


# Variables, attributes and what containers hold.

LOCAL: Cell[Value] = Cell("variable of a frame", UNSET, either)
ATTRIBUTE: Cell[Value] = Cell("attribute of an object", UNSET, either, Lifetime.LATEST)


class Entry(NamedTuple):
    """One item of a list, and the place that put it in; `certain` is false where some way did not."""

    value: Value
    site: Site
    certain: bool = True


def join_entries(first: tuple[Entry, ...], second: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Item by item: what stands at each position, certain where both lists are that long and sure of it."""
    if first is second:
        return first
    return tuple(_join_entry(one, other) for one, other in zip_longest(first, second))


def _join_entry(first: Entry | None, second: Entry | None) -> Entry:
    if first is None or second is None:
        known = first or second
        assert known is not None
        return known._replace(certain=False)
    if first is second:
        return first
    return Entry(either(first.value, second.value), min(first.site, second.site), first.certain and second.certain)


ITEMS: Cell[tuple[Entry, ...]] = Cell("items of a list", (), join_entries, Lifetime.LATEST)
ROWS: Cell[Mapping[Hashable, Value]] = Cell("items of a dict", {}, join_tables, Lifetime.LATEST)
PUT: Cell[Site | None] = Cell("the place that last put something into a dict", None, same_or_none, Lifetime.LATEST)
OPEN: Cell[bool] = Cell("whether a container may hold more than is known", False, perhaps, Lifetime.LATEST)
STARS: Cell[frozenset[str]] = Cell("packages of which a module imports everything", frozenset(), union, Lifetime.LATEST)

# Objects.


class Kept(NamedTuple):
    """A place in a file: the file's own name, and the key of what is meant in a dict there."""

    file: str
    key: str = ""


def join_rewritten(first: TensorValue | None, second: TensorValue | None) -> TensorValue | None:
    """The tensor as it is on both ways; where one left it as it was, what a change makes of it is not known."""
    if first is None or second is None:
        changed = first or second
        return changed and changed.refined(
            subject=ANYBODY, graph=Unknown, trainable=Unknown, output_of=None, outputs=()
        )
    return join_tensors(first, second)


NAMES: Cell[frozenset[str]] = Cell("names that a value goes by", frozenset(), union, Lifetime.GROWING)
REWRITTEN: Cell[TensorValue | None] = Cell("a tensor as it is after it was changed in place", None, join_rewritten)
CHILDREN: Cell[Mapping[str, Value]] = Cell("parts registered on a module", {}, join_tables, Lifetime.LATEST)
PARENTS: Cell[frozenset[int]] = Cell("modules that a part is registered on", frozenset(), union, Lifetime.GROWING)
BUILT: Cell[bool] = Cell(
    "whether an object of a project class was built on this way", False, both_ways, Lifetime.LATEST
)
HOLDERS: Cell[frozenset[int]] = Cell("copies that are taken to hold a part too", frozenset(), union, Lifetime.GROWING)
BUFFER: Cell[Answer] = Cell("whether an attribute is a registered buffer", No, both, Lifetime.LATEST)
FROZEN: Cell[Answer] = Cell("whether parameters are told to stay as they are", No, both, Lifetime.LATEST)
GROUPS: Cell[Subject] = Cell("parameters that an optimizer holds", NOBODY, join_subjects, Lifetime.LATEST)
LOADED: Cell[Answer] = Cell("whether weights were loaded", No, both)
READ_FROM: Cell[Kept | None] = Cell("where an object was kept that was read from a file", None, same_or_none)


class Average(NamedTuple):
    """A model, by its number, whose parameters are set to what was computed from those of others.

    `sources` are the numbers of the others and of what contains them; there are none as long as nothing was computed.
    """

    number: int
    sources: frozenset[int] = frozenset()


AVERAGES: Cell[frozenset[Average]] = Cell("models that may be averages of others", frozenset(), union)
REFRESHED: Cell[frozenset[int]] = Cell("averages whose buffers may have been set as well", frozenset(), union)
RUN_IN_TRAINING: Cell[frozenset[int]] = Cell("models that may have been run in training mode", frozenset(), union)
RUNS_UNKNOWN: Cell[bool] = Cell("whether a module runs what nothing is known of", False, perhaps, Lifetime.LATEST)


@dataclass(frozen=True, slots=True)
class Freezing:
    """The last time that parameters were told to stay as they are, or to learn: where, and the age of objects then."""

    frozen: Answer
    place: tuple[Site, tuple[Site, ...]] | None = None
    when: int = 0


def join_freezings(first: Freezing, second: Freezing) -> Freezing:
    """What both ways agree on, as of the later time."""
    if first is second:
        return first
    place = first.place if first.place == second.place else None
    return Freezing(join((first.frozen, second.frozen)), place, max(first.when, second.when))


FREEZING: Cell[Freezing] = Cell("when parameters were frozen or freed", Freezing(No), join_freezings, Lifetime.LATEST)


@dataclass(frozen=True, slots=True)
class Change:
    """An activation that changed a tensor in place: the class or function that it is called by.

    `result` is the number of what it gave, or the block that begins with it. `effective` is No where the values were
    such that nothing changed.
    """

    name: str
    site: Site
    via: tuple[Site, ...]
    result: int
    effective: Answer


CHANGED: Cell[Change | None] = Cell("the activation that changed a tensor in place", None, same_or_none)
INITIALISED: Cell[Answer] = Cell("whether the base class of a module was initialised", No, both, Lifetime.LATEST)


@dataclass(frozen=True, slots=True, order=True)
class Assignment:
    """A place that set an attribute: while `__init__` of the object ran, while its `forward` did, or elsewhere."""

    site: Site
    via: tuple[Site, ...]
    constructing: Answer


ASSIGNED: Cell[frozenset[Assignment]] = Cell("places that set an attribute", frozenset(), union, Lifetime.LATEST)


# Modes.


@dataclass(frozen=True, slots=True)
class Guard:
    """The conditions around a switch in the call that it stands in, where none of them chooses the mode on purpose.

    The call is known by its number, the conditions by their identity.
    """

    call: int
    tests: frozenset[int]


@dataclass(frozen=True, slots=True)
class Mode:
    """One mode that a model may be in: where it was switched, in which loops and under which conditions.

    `guard` are the conditions around the switch, where they are about something else. `as_built` says that nothing has
    switched it. `evaluated` says that an evaluation was run in it, `ended` are the switches to eval mode that it puts
    an end to.
    """

    training: Answer
    site: Site | None = None
    loops: tuple[int, ...] = ()
    conditions: frozenset[tuple[Condition, bool]] = frozenset()
    guard: Guard | None = None
    as_built: bool = False
    evaluated: bool = False
    ended: frozenset[Site] = frozenset()


AS_BUILT = Mode(Unknown, as_built=True)
MODES: Cell[frozenset[Mode]] = Cell("modes that a model may be in", frozenset((AS_BUILT,)), union)
GRADIENTS: Cell[Answer] = Cell("whether gradients are recorded", Yes, both)
STEPPED: Cell[Answer] = Cell("whether an optimizer has stepped", No, both)
SEEDED: Cell[Answer] = Cell("whether torch's random numbers were seeded", No, both)

CELLS: tuple[Cell[object], ...] = tuple(cell for cell in list(globals().values()) if isinstance(cell, Cell))


def first_of(assigned: frozenset[Assignment]) -> Assignment | None:
    """The place that is told of an attribute that several places may have set: the first in the text."""
    return min(assigned, default=None, key=lambda each: (each.site, each.via, each.constructing.value))
