"""What stands in a value at an index or a key, on paper."""

from __future__ import annotations

from torchlint.source.paper.domain.join import FEW, one_of
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import (
    Choice,
    Dimension,
    Index,
    Kind,
    Literal,
    Many,
    Number,
    Opaque,
    Parameters,
    Sizes,
    Symbol,
    Table,
    Thing,
    Value,
    WeightData,
    Weights,
    options,
    present,
)
from torchlint.source.paper.models.tensors import shapes
from torchlint.source.paper.models.tensors.operations import batch_item
from torchlint.source.paper.models.torch import averages
from torchlint.source.paper.models.torch.subjects import subject_of
from torchlint.source.paper.python.iteration.elements import batch_of
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import OPEN, READ_FROM, Kept
from torchlint.source.paper.state.containers import items_of, table_of


def item_at(machine: Machine, value: Value, index: Value, *, sliced: bool) -> Value:
    """The item of a value, or a part of it where it is sliced."""
    if not isinstance(value, Choice):
        return _item(machine, value, index, sliced)
    return one_of(_item(machine, each, index, sliced) for each in options(value))


def _item(machine: Machine, value: Value, index: Value, sliced: bool) -> Value:
    key = index.value if isinstance(index, Literal) else None
    match value:
        case Table():
            table = table_of(machine.state, value)
            if isinstance(index, Literal):
                held = table.get(key)
                return present(held) if held is not None else Opaque(name=str(key))
            return one_of(map(present, table.values())) if 0 < len(table) <= FEW else Opaque()
        case Many():
            if sliced:
                return value
            items = items_of(machine.state, value)
            if isinstance(key, int) and -len(items) <= key < len(items):
                return machine.state.current(present(items[key]))
            distinct = {item.number: item for item in items}
            return one_of(map(present, distinct.values())) if 0 < len(distinct) <= FEW else Opaque()
        case TensorValue():
            if sliced:
                return value.but(output_of=value.output_of)
            part = batch_item(value, key)
            counted = isinstance(index, Index) or type(key) is int
            return part.refined(shape=shapes.of_row(value)) if counted and value.loader < 0 else part
        case Parameters():
            return value
        case Thing() if value.kind is Kind.LAYER:
            if isinstance(key, int) and not sliced:
                child = machine.children_of(value).get(str(key))
                known = child is not None and not machine.state.get(OPEN, value.number)
                return present(child) if known and child is not None else Opaque()
            return Opaque() if not sliced else value
        case Thing() if value.kind is Kind.DATASET and not sliced:
            return batch_of(machine, value)
        case Sizes() if type(key) is int and not sliced:
            return Dimension(of=value.of, position=key)
        case Sizes():
            return Sizes() if sliced else Number()
        case Weights():
            averages.refresh(machine, value.model)
            return WeightData(from_call=True, subject=subject_of(machine.state, value.model))
        case Opaque():
            names = machine.names_of(value) | ({key} if isinstance(key, str) else set())
            item = Opaque(names, name=value.name, from_call=value.from_call)
            kept = machine.state.get(READ_FROM, value.number)
            if kept is not None:
                machine.state.set(READ_FROM, Kept(kept.file, str(key)) if not kept.key else None, item.number)
            return item
        case Symbol():
            if value.last == "__dict__":
                # What a package holds under some name is of the package, whatever its name is.
                return value if key is None else Symbol(dotted=f"{value.dotted[: -len('__dict__')]}{key}")
            return _item(machine, machine.imported(value), index, sliced)
    return Opaque()
