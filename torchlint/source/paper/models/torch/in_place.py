"""Activations that change their input in place, as the first layer of a block or as a function."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Yes
from torchlint.facts.layer import Range
from torchlint.facts.site import Site
from torchlint.knowledge import functional, layers
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Arguments, Opaque, Thing, Value
from torchlint.source.paper.models.declaration import Call
from torchlint.source.paper.occurrences.layers import TensorChanged
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import CHANGED, Change

_NOT_NEGATIVE = frozenset((Range.NON_NEGATIVE, Range.UNIT, Range.PROBABILITIES))


def first_layer(machine: Machine, layer: Value) -> Value:
    """The layer that is given what a block is given: the first of a Sequential, at any depth."""
    for _ in range(8):
        children = machine.children_of(layer) if isinstance(layer, Thing) and layer.of is None else {}
        if not children or not isinstance(layer, Thing) or layer.last != "Sequential":
            break
        layer = next(iter(children.values()))
    return layer


def plain_name(name: str) -> str:
    """The name of an activation, as layer or function: without capitals and underscores."""
    return name.replace("_", "").lower()


def change_by_layer(machine: Machine, layer: Value, arguments: Arguments, result: Value) -> None:
    """A block is run whose first layer may change what it is given."""
    leaf = first_layer(machine, layer)
    if not isinstance(leaf, Thing) or leaf.of is not None or leaf.site is None:
        return
    position = layers.IN_PLACE.get(leaf.last)
    if position is not None and leaf.arguments.says("inplace", position, default=No) is Yes and arguments.positional:
        _change(machine, arguments.positional[0], leaf.last, leaf.site, leaf.via, result)


def change_by_function(call: Call, result: Value) -> None:
    """A function or method is called that may change a tensor in place."""
    position = functional.IN_PLACE.get(call.last)
    changes = position is not None and call.arguments.says("inplace", position, default=No) is Yes
    given = call.receiver if isinstance(call.receiver, TensorValue) else call.first
    if (changes or call.last in functional.ALWAYS_IN_PLACE) and given is not None:
        _change(call.machine, given, call.last, call.site, call.via, result)


def _change(machine: Machine, given: Value, name: str, site: Site, via: tuple[Site, ...], result: Value) -> None:
    if not machine.place.forward_depth or not isinstance(given, (TensorValue, Opaque)):
        return
    machine.memory.effects += 1
    change = Change(name, site, via, result.number, _is_effective(name, given))
    machine.state.set(CHANGED, change, given.number)
    machine.tell(TensorChanged())


def _is_effective(name: str, given: Value) -> Answer:
    """Whether the values become others. Those of a tensor from outside do: nobody writes what changes nothing."""
    rectified = isinstance(given, TensorValue) and given.range in _NOT_NEGATIVE
    return No if rectified and plain_name(name) in functional.KEEPS_NON_NEGATIVE else Yes
