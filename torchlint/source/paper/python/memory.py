"""Calls that need not be run again: of a function that only answers, with plain arguments that were seen before."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.source.paper.domain.tensor import TENSOR_FIELDS, TensorValue
from torchlint.source.paper.domain.values import (
    Arguments,
    Choice,
    Literal,
    Many,
    Number,
    Opaque,
    ProjectClass,
    Routine,
    Sizes,
    Symbol,
    Table,
    Value,
)
from torchlint.source.paper.models.torch import modes
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import ITEMS, OPEN, Entry
from torchlint.source.paper.state.containers import entries_of, new_list, new_table, table_of

DEEP = 3


@dataclass(frozen=True, slots=True)
class Kept:
    """What a call gave: the value, and for a list, dict or choice what was in it; or which argument it gave back."""

    value: Value
    inside: tuple[tuple[object, Kept], ...] = ()
    given: int | None = None


def signature(machine: Machine, arguments: Arguments) -> tuple[object, ...]:
    """What decides the result of a call: constants by value, what is not known by its name, objects by themselves."""
    positional = [_mark(machine, value, DEEP) for value in arguments.positional]
    named = [(name, _mark(machine, value, DEEP)) for name, value in sorted(arguments.keywords.items())]
    return (arguments.unknown, arguments.perhaps, *positional, *named)


def _mark(machine: Machine, value: Value, depth: int) -> object:
    match value:
        case Literal():
            return repr(value.value)
        case Opaque():
            return ("unknown", value.name)
        case Symbol():
            return ("symbol", value.dotted)
        case Choice() if depth:
            return ("choice", *(_mark(machine, each, depth - 1) for each in value.options))
        case Many() if depth:
            return (value.kind, *(_mark(machine, each, depth - 1) for each, _, _ in entries_of(machine.state, value)))
        case TensorValue():
            return ("tensor", *(getattr(value, name) for name in TENSOR_FIELDS))
    return value.number


def call_key(machine: Machine, routine: Routine, arguments: Arguments) -> object | None:
    """What names a call of a function whose arguments are all plain; None where they are not."""
    if routine.receiver is not None or not all(_is_plain(machine, value, DEEP) for value in arguments):
        return None
    return (id(routine.definition), routine.scope, modes.gradients(machine), signature(machine, arguments))


def _is_plain(machine: Machine, value: Value, depth: int) -> bool:
    match value:
        case Literal() | Opaque() | Symbol() | ProjectClass():
            return True
        case TensorValue():
            # What a layer made is followed on its way through `forward`: who reads it counts.
            return not machine.place.forward_depth or not value.subject.own
        case Choice() if depth:
            return all(_is_plain(machine, each, depth - 1) for each in value.options)
        case Many() if depth:
            return all(_is_plain(machine, each, depth - 1) for each, _, _ in entries_of(machine.state, value))
    return False


def remember(machine: Machine, key: object, arguments: Arguments, result: Value, frame: int) -> None:
    """Keep what a call without any effect gave, if it was made in that frame or given to it."""
    given = {value.number: place for place, value in enumerate(arguments)}
    kept = _Keeping(machine, frame, given).keep(result, DEEP)
    if kept is not None:
        machine.memory.results[key] = kept


@dataclass(frozen=True, slots=True)
class _Keeping:
    """How a result is kept: what is younger than the frame was made in it; `given` are the arguments' places."""

    machine: Machine
    frame: int
    given: dict[int, int]

    def keep(self, value: Value, depth: int) -> Kept | None:
        if value.number in self.given:
            return Kept(value, given=self.given[value.number])
        inside: list[tuple[object, Value]] = []
        match value:
            case Literal() | Symbol() | ProjectClass():
                return Kept(value)
            case Opaque() | TensorValue() if value.number > self.frame:
                return Kept(value)
            case Choice() if depth:
                inside = [("", each) for each in value.options]
            case Many() if depth and value.number > self.frame and not self._is_open(value):
                inside = [("", each) for each, _, _ in entries_of(self.machine.state, value)]
            case Table() if depth and value.number > self.frame and not self._is_open(value):
                inside = list(table_of(self.machine.state, value).items())
            case _:
                return None
        kept = [(name, self.keep(each, depth - 1)) for name, each in inside]
        whole = tuple((name, each) for name, each in kept if each is not None)
        return Kept(value, whole) if len(whole) == len(kept) else None

    def _is_open(self, container: Many | Table) -> bool:
        return bool(self.machine.state.get(OPEN, container.number))


def recall(machine: Machine, key: object, arguments: Arguments) -> Value | None:
    """What a call gave before, made anew."""
    kept = machine.memory.results.get(key)
    return None if kept is None else _make(machine, kept, list(arguments))


def _make(machine: Machine, kept: Kept, arguments: list[Value]) -> Value:
    value = kept.value
    if kept.given is not None:
        return arguments[kept.given]
    match value:
        case Number() | Sizes():
            return value
        case Opaque():
            names = machine.names_of(value)
            return Opaque(names, name=value.name, from_call=value.from_call, among=value.among)
        case TensorValue():
            return value.but(shape=value.shape, quantity=value.quantity)
        case Choice():
            return Choice(options=tuple(_make(machine, each, arguments) for _, each in kept.inside))
        case Many():
            made = new_list(machine.state, value.kind, value.site)
            site = machine.site(machine.place.line)
            items = tuple(Entry(_make(machine, each, arguments), site) for _, each in kept.inside)
            machine.state.set(ITEMS, items, made.number)
            return made
        case Table():
            items_of_table = {name: _make(machine, each, arguments) for name, each in kept.inside}
            return new_table(machine.state, items_of_table, value.site)
    return value
