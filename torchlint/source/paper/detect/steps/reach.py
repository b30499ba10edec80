"""What can be reached from a value: what is in a container, on an object, or given to what was built with it."""

from __future__ import annotations

from collections.abc import Iterator

from torchlint.source.paper.domain.values import Many, Opaque, Routine, Table, Thing, Value, options
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import ATTRIBUTE
from torchlint.source.paper.state.containers import items_of, table_of

FARTHEST = 200
"""So many values are looked at."""


def reachable(machine: Machine, values: Iterator[Value]) -> Iterator[Value]:
    """These values and what whoever has them can get at, each once."""
    seen: set[int] = set()
    waiting = [option for value in values for option in options(value)]
    while waiting and len(seen) < FARTHEST:
        value = waiting.pop()
        if value.number not in seen:
            seen.add(value.number)
            yield value
            waiting += [option for part in _parts(machine, value) for option in options(part)]


def _parts(machine: Machine, value: Value) -> Iterator[Value]:
    match value:
        case Many():
            yield from items_of(machine.state, value)
        case Table():
            yield from table_of(machine.state, value).values()
        case Routine() if value.receiver is not None:
            yield value.receiver
        case Opaque():
            yield from value.among
        case Thing():
            yield from value.arguments if value.of is None else ()
            for name in machine.objects.attribute_names.get(value.number, ()):
                yield machine.state.get(ATTRIBUTE, value.number, name)
