"""What is known of an object at a point of the program: its names, its parts, and what it is a part of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from torchlint.source.paper.domain.values import Literal, Opaque, Thing, Value, options
from torchlint.source.paper.state.cells import CHILDREN, HOLDERS, NAMES, PARENTS
from torchlint.source.paper.state.state import State

NAMELESS = "?"
"""An attribute or part whose name is not known, as messages show it; no name of Python begins so."""


def member_name(key: Value) -> str:
    """The name of the attribute or part that a value names; one of its own, for no message, where it is not known."""
    return str(key.value) if isinstance(key, Literal) else f"{NAMELESS}{key.number}"


def shown_name(name: str) -> str:
    """The name of an attribute or part as messages show it."""
    return NAMELESS if name.startswith(NAMELESS) else name


def file_at(path: Value) -> str:
    """What the file at a path is known by: its own name, whatever its folder, or the value that names it."""
    if isinstance(path, Literal):
        return str(path.value).replace("\\", "/").rpartition("/")[2]
    return f"{NAMELESS}{path.number}"


def names_of(state: State, value: Value) -> frozenset[str]:
    """All that a value is called; one of many goes by the names of all of them."""
    given: frozenset[str] = state.get(NAMES, value.number)
    names = value.first_names | given
    if isinstance(value, Opaque) and value.among:
        return names.union(*(names_of(state, each) for each in value.among))
    return names


def add_name(state: State, value: Value, name: str) -> None:
    """A value is called something from here on."""
    if name not in value.first_names:
        known = state.get(NAMES, value.number)
        if name not in known:
            state.set(NAMES, known | {name}, value.number)


def children_of(state: State, owner: Value) -> Mapping[str, Value]:
    """The parts that are registered on a module, by name; UNSET is among the options of one that may be missing."""
    return state.get(CHILDREN, owner.number)


def add_child(state: State, owner: Thing, name: str, value: Value) -> None:
    """Register a part on a module."""
    children: Mapping[str, Value] = state.get(CHILDREN, owner.number)
    state.set(CHILDREN, {**children, name: value}, owner.number)


def child_values(state: State, owner: Value) -> Iterator[Value]:
    """The parts of a module, whichever of several each is."""
    for child in children_of(state, owner).values():
        yield from options(child)


def inside(state: State, owner: Value) -> dict[int, Value]:
    """A module and everything in it, by number."""
    found: dict[int, Value] = {}
    waiting = [owner]
    while waiting:
        each = waiting.pop()
        if each.number not in found:
            found[each.number] = each
            waiting += child_values(state, each)
    return found


def add_parent(state: State, part: Value, owner: Value) -> None:
    """A module registers a part."""
    parents = state.get(PARENTS, part.number)
    if owner.number not in parents:
        state.set(PARENTS, parents | {owner.number}, part.number)


def add_holder(state: State, part: Value, copy: Value) -> None:
    """A copy of a module is taken to hold a part of the module that it was made like."""
    state.set(HOLDERS, state.get(HOLDERS, part.number) | {copy.number}, part.number)


def parents_of(state: State, part: Value) -> frozenset[int]:
    """The modules that a part is registered on."""
    return state.get(PARENTS, part.number)


def above(state: State, part: Value) -> frozenset[int]:
    """The modules that contain a part, at any depth."""
    found: set[int] = set()
    waiting = [part.number]
    while waiting:
        each = waiting.pop()
        parents: frozenset[int] = state.get(PARENTS, each)
        copies: frozenset[int] = state.get(HOLDERS, each)
        around = (parents | copies) - found
        found |= around
        waiting += around
    return frozenset(found)
