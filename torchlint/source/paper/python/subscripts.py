"""What stands in a value at an index or a key, on paper."""

from __future__ import annotations

from functools import reduce

from torchlint.source.paper.domain.values import (
    Choice,
    Literal,
    Many,
    Opaque,
    Parameters,
    Table,
    TensorValue,
    Thing,
    Value,
    either,
    options,
)
from torchlint.source.paper.models.tensors import batch_item
from torchlint.source.paper.python.elements import batch_of
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.containers import items_of, table_of


def item_at(machine: Machine, value: Value, index: Value, *, sliced: bool) -> Value:
    """The item of a value, or a part of it where it is sliced."""
    return reduce(either, [_item(machine, each, index, sliced) for each in options(value)])


def _item(machine: Machine, value: Value, index: Value, sliced: bool) -> Value:
    key = index.value if isinstance(index, Literal) else None
    match value:
        case Table():
            table = table_of(machine, value)
            if isinstance(index, Literal):
                return table.get(key, Opaque(name=str(key)))
            return Choice(options=tuple(table.values())) if 0 < len(table) <= 4 else Opaque()
        case Many():
            if sliced:
                return value
            items = items_of(machine, value)
            if isinstance(key, int) and -len(items) <= key < len(items):
                return items[key]
            distinct = {item.number: item for item in items}
            return Choice(options=tuple(distinct.values())) if 0 < len(distinct) <= 4 else Opaque()
        case TensorValue():
            return value.but(output_of=value.output_of) if sliced else batch_item(value, key)
        case Parameters():
            return value
        case Thing() if value.kind == "layer":
            if isinstance(key, int) and not sliced:
                known = machine.store.get(("open", value.number)) is None
                return value.children.get(str(key), Opaque()) if known else Opaque()
            return Opaque() if not sliced else value
        case Thing() if value.kind == "dataset" and not sliced:
            return batch_of(value)
        case Opaque():
            names = set(value.names) | ({str(key)} if isinstance(key, str) else set())
            return Opaque(names=names, name=value.name, from_call=value.from_call)
    return Opaque()
