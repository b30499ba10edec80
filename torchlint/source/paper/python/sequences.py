"""Methods of lists and dicts on paper."""

from __future__ import annotations

from torchlint.facts.site import Site
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import (
    Arguments,
    Kind,
    Literal,
    Many,
    Opaque,
    Ordered,
    Table,
    Thing,
    Value,
    may_be_unset,
    present,
)
from torchlint.source.paper.models.tensors.graphs import terms_of
from torchlint.source.paper.models.tensors.sums import accumulate
from torchlint.source.paper.python.iteration.repetition import comes_again, fill_in_loop
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import ITEMS, OPEN, ROWS
from torchlint.source.paper.state.containers import append, entries_of, extend, items_of, new_list, table_of


def list_method(machine: Machine, owner: Many, name: str, arguments: Arguments, site: Site) -> Value:
    """A method of a list, tuple or set."""
    match name, arguments.positional:
        case ("append" | "add" | "appendleft", [value]):
            append(machine.state, owner, _kept(machine, owner, value, site), site)
            fill_in_loop(machine, owner)
            if comes_again(machine, value):
                append(machine.state, owner, value, site)
        case "insert", [_, value]:
            append(machine.state, owner, value, site)
        case (("extend" | "update"), [value]):
            extend(machine.state, owner, value, site)
        case "pop", _:
            entries = entries_of(machine.state, owner)
            return entries[-1].value if entries else Opaque()
        case "copy", _:
            return owner
        case "clear", _:
            machine.state.set(ITEMS, (), owner.number)
    return Opaque()


def _kept(machine: Machine, owner: Many, value: Value, site: Site) -> Value:
    """What a list keeps of a value: a loss is remembered as part of what the list holds."""
    key = accumulate(machine, items_of(machine.state, owner), value, site)
    if key is None or not isinstance(value, TensorValue):
        return value
    return value.but(sums=value.sums | {key}, terms=terms_of(value))


def table_method(machine: Machine, owner: Table, name: str, arguments: Arguments, site: Site) -> Value:
    """A method of a dict."""
    items = table_of(machine.state, owner)
    match name, arguments.positional:
        case "items", _:
            return Thing(kind=Kind.ITERATOR, dotted="items", arguments=Arguments([owner]))
        case "values", _:
            result = new_list(machine.state, Ordered.LIST, site)
            for value in items.values():
                append(machine.state, result, present(value), site, certain=not may_be_unset(value))
            return result
        case "keys", _:
            return owner
        case (("get" | "pop" | "setdefault"), [Literal() as key, *_]):
            held = items.get(key.value)
            return present(held) if held is not None else Opaque(name=str(key.value))
        case "update", _:
            changed = dict(items)
            changed.update((key, value) for key, value in arguments.keywords.items())
            for other in arguments.positional:
                if isinstance(other, Table):
                    changed.update(table_of(machine.state, other))
                else:
                    machine.state.set(OPEN, True, owner.number)
            machine.state.set(ROWS, changed, owner.number)
        case "copy", _:
            return owner
    return Opaque()
