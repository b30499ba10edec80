"""One layer put into a list several times: by `[layer] * n`, by a comprehension, by a loop that counts."""

from __future__ import annotations

from typing import TypeGuard

from torchlint.source.paper.domain.values import Kind, Literal, Many, Thing, Value
from torchlint.source.paper.occurrences.layers import LayerRepeated
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import ITEMS
from torchlint.source.paper.state.containers import entries_of, new_list


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


def _is_layer(value: Value) -> TypeGuard[Thing]:
    return isinstance(value, Thing) and value.kind is Kind.LAYER
