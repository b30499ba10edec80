"""Lists, tuples, sets and dicts on paper: what is in them, and where it was put in."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torchlint.facts.site import Site
from torchlint.source.paper.domain.join import either
from torchlint.source.paper.domain.values import (
    UNSET,
    Kind,
    Literal,
    Many,
    Opaque,
    Ordered,
    Parameters,
    Table,
    Thing,
    Value,
)
from torchlint.source.paper.state.cells import ITEMS, PUT, ROWS, Entry
from torchlint.source.paper.state.objects import children_of
from torchlint.source.paper.state.state import State

LONGEST = 32
"""So many items of a list are remembered."""


@dataclass(frozen=True, slots=True)
class UnknownKey:
    """A key of a dict that is not known: `number` is that of the value that it is."""

    number: int


def key_of(value: Value) -> Hashable:
    """The key of a dict that a value is; constants are equal, whatever else is known to be the same only as itself."""
    return value.value if isinstance(value, Literal) else UnknownKey(value.number)


def new_list(state: State, kind: Ordered, site: Site | None, *, by_comma: bool = False) -> Many:
    """An empty list, tuple or set."""
    result = Many(kind=kind, site=site, by_comma=by_comma)
    state.set(ITEMS, (), result.number)
    return result


def new_table(state: State, items: Mapping[Any, Value], site: Site | None) -> Table:
    """A dict with these items."""
    result = Table(site=site)
    state.set(ROWS, dict(items), result.number)
    return result


def entries_of(state: State, value: Many) -> tuple[Entry, ...]:
    """What is in a list, with the places that put it there."""
    return state.get(ITEMS, value.number)


def items_of(state: State, value: Many) -> list[Value]:
    """What is in a list; what may not be there is one of several with UNSET."""
    return [entry.value if entry.certain else either(entry.value, UNSET) for entry in entries_of(state, value)]


def table_of(state: State, value: Value) -> Mapping[Any, Value]:
    """What is in a dict, by key."""
    return state.get(ROWS, value.number)


def contents(state: State, value: Value) -> list[tuple[Value, Site]]:
    """Everything kept in a list or dict, at any depth of lists."""
    found: list[tuple[Value, Site]] = []
    if isinstance(value, Many):
        for item, site, _ in entries_of(state, value):
            if isinstance(item, (Many, Table)):
                found += [(inner, site) for inner, _ in contents(state, item)]
            else:
                found.append((item, site))
    elif isinstance(value, Table):
        for item in table_of(state, value).values():
            if isinstance(item, (Many, Table)):
                found += contents(state, item)
            elif value.site is not None:
                found.append((item, state.get(PUT, value.number) or value.site))
    return found


def values_in(state: State, value: Value) -> list[Value]:
    """Everything kept in a list or dict, or the value itself if it is neither."""
    return [item for item, _ in contents(state, value)] if isinstance(value, (Many, Table)) else [value]


def append(state: State, container: Many, value: Value, site: Site, *, certain: bool = True) -> None:
    """Put one value into a list; not `certain` where it may not be there."""
    entries = entries_of(state, container)
    if len(entries) < LONGEST:
        state.set(ITEMS, (*entries, Entry(value, site, certain)), container.number)


def fill(state: State, container: Many, values: Sequence[Value], site: Site) -> None:
    """Put values into an empty list, as many as are remembered of one."""
    state.set(ITEMS, tuple(Entry(value, site) for value in values[:LONGEST]), container.number)


def extend(state: State, container: Many, value: Value, site: Site) -> None:
    """Put everything of a value into a list."""
    if isinstance(value, Many):
        for item, origin, certain in entries_of(state, value):
            append(state, container, item, origin if origin.line else site, certain=certain)
    elif isinstance(value, Parameters):
        append(state, container, value, site)
    elif isinstance(value, Thing) and value.kind is Kind.LAYER:
        for child in children_of(state, value).values():
            append(state, container, child, site)
    elif not (isinstance(value, Opaque) and value.from_call):
        append(state, container, Opaque(), site)
    else:
        append(state, container, value, site)


def copy_list(state: State, value: Many, kind: Ordered, site: Site) -> Many:
    """A new list of what another holds."""
    result = new_list(state, kind, site)
    extend(state, result, value, site)
    return result
