"""Lists that are filled again and again: with one layer, by `[layer] * n` or a loop that counts, or with data."""

from __future__ import annotations

from typing import TypeGuard

from torchlint.facts.answer import Yes
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Kind, Literal, Many, Opaque, Thing, Value
from torchlint.source.paper.occurrences.layers import LayerRepeated
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import ITEMS, OPEN
from torchlint.source.paper.state.containers import entries_of, new_list, values_in


def multiplied(machine: Machine, several: Many, times: Value) -> Many:
    """What `several * times` gives; a list without layers is taken for itself."""
    entries = entries_of(machine.state, several)
    layers = [item for item, _, _ in entries if _is_layer(item)]
    if not layers or (isinstance(times, Literal) and times.value in (0, 1)):
        return several
    for layer in layers:
        machine.tell(LayerRepeated(layer))
    result = new_list(machine.state, several.kind, several.site)
    machine.state.set(ITEMS, entries * 2, result.number)
    return result


def comes_again(machine: Machine, value: Value) -> bool:
    """Whether what is put into a list or container here is a layer that the next pass of a loop puts there again."""
    loop = machine.loops[-1] if machine.loops else None
    return loop is not None and loop.counting is not None and is_repeated(machine, value, since=loop.number)


def is_repeated(machine: Machine, value: Value, *, since: int) -> bool:
    """Whether a value is a layer that was there before what has this number: then it is one and the same each time."""
    if not _is_layer(value) or value.number >= since:
        return False
    machine.tell(LayerRepeated(value))
    return True


def leave_open(machine: Machine, several: Many) -> None:
    """A list was filled so often as nobody knows: if what is in it is data, one item stands for all of them.

    Of objects each would be another, and what was computed belongs to the pass that computed it.
    """
    if all(_is_data(machine, item) for item in values_in(machine.state, several)):
        machine.state.set(OPEN, True, several.number)


def fill_in_loop(machine: Machine, several: Many) -> None:
    """Something was put into a list: a loop that is younger than it does so again and again."""
    loop = machine.loops[-1] if machine.loops else None
    if loop is not None and loop.item is None and loop.number > several.number:
        leave_open(machine, several)


def _is_data(machine: Machine, value: Value) -> bool:
    match value:
        case TensorValue():
            return not value.subject.own and value.graph is not Yes
        case Many():
            return all(_is_data(machine, item) for item in values_in(machine.state, value))
    return isinstance(value, (Opaque, Literal))


def _is_layer(value: Value) -> TypeGuard[Thing]:
    return isinstance(value, Thing) and value.kind is Kind.LAYER
