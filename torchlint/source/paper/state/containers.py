"""Lists, tuples, sets and dicts on paper: what is in them, and where it was put in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torchlint.facts.site import Site
from torchlint.source.paper.domain.values import Many, Opaque, Parameters, Table, Thing, Value
from torchlint.source.paper.python.machine import Machine

Entry = tuple[Value, Site]


def new_list(machine: Machine, kind: str, site: Site | None) -> Many:
    """An empty list, tuple or set."""
    result = Many(kind=kind, site=site)
    machine.store.set(("items", result.number), ())
    return result


def new_table(machine: Machine, items: Mapping[Any, Value], site: Site | None) -> Table:
    """A dict with these items."""
    result = Table(site=site)
    machine.store.set(("items", result.number), dict(items))
    return result


def entries_of(machine: Machine, value: Many) -> tuple[Entry, ...]:
    """What is in a list, with the places that put it there."""
    held: tuple[Entry, ...] | None = machine.store.get(("items", value.number))
    return held or ()


def items_of(machine: Machine, value: Many) -> list[Value]:
    """What is in a list."""
    return [item for item, _ in entries_of(machine, value)]


def table_of(machine: Machine, value: Value) -> Mapping[Any, Value]:
    """What is in a dict, by key."""
    return machine.store.get(("items", value.number)) or {}


def contents(machine: Machine, value: Value) -> list[Entry]:
    """Everything kept in a list or dict, at any depth of lists."""
    found: list[Entry] = []
    if isinstance(value, Many):
        for item, site in entries_of(machine, value):
            if isinstance(item, (Many, Table)):
                found += [(inner, site) for inner, _ in contents(machine, item)]
            else:
                found.append((item, site))
    elif isinstance(value, Table):
        for item in table_of(machine, value).values():
            if isinstance(item, (Many, Table)):
                found += contents(machine, item)
            elif value.site is not None:
                found.append((item, machine.store.get(("put", value.number)) or value.site))
    return found


def values_in(machine: Machine, value: Value) -> list[Value]:
    """Everything kept in a list or dict, or the value itself if it is neither."""
    return [item for item, _ in contents(machine, value)] if isinstance(value, (Many, Table)) else [value]


def append(machine: Machine, container: Many, value: Value, site: Site) -> None:
    """Put one value into a list."""
    entries = entries_of(machine, container)
    if len(entries) < 32:
        machine.store.set(("items", container.number), (*entries, (value, site)))


def extend(machine: Machine, container: Many, value: Value, site: Site) -> None:
    """Put everything of a value into a list."""
    if isinstance(value, Many):
        for item, origin in entries_of(machine, value):
            append(machine, container, item, origin if origin.line else site)
    elif isinstance(value, Parameters):
        append(machine, container, value, site)
    elif isinstance(value, Thing) and value.kind == "layer":
        for child in value.children.values():
            append(machine, container, child, site)
    elif not (isinstance(value, Opaque) and value.from_call):
        append(machine, container, Opaque(), site)
    else:
        append(machine, container, value, site)


def copy_list(machine: Machine, value: Many, kind: str, site: Site) -> Many:
    """A new list of what another holds."""
    result = new_list(machine, kind, site)
    extend(machine, result, value, site)
    return result
