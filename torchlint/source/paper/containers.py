"""Lists, tuples, sets and dicts on paper: what is in them, and where it was put in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torchlint.facts.site import Site
from torchlint.source.paper.machine import Machine
from torchlint.source.paper.values import Many, Table, Value

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
        table: dict[object, Value] = machine.store.get(("items", value.number)) or {}
        for item in table.values():
            if isinstance(item, (Many, Table)):
                found += contents(machine, item)
            elif value.site is not None:
                found.append((item, machine.store.get(("put", value.number)) or value.site))
    return found
