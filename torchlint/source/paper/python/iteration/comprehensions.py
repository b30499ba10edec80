"""What a comprehension goes through on paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torchlint.facts.answer import Yes
from torchlint.facts.loss import Origin
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Arguments, Kind, Many, Thing, Value, numbers
from torchlint.source.paper.occurrences.program import LoopRan
from torchlint.source.paper.python.iteration.draws import read_in_loop
from torchlint.source.paper.python.iteration.elements import elements, loaders_in
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import OPEN, Entry
from torchlint.source.paper.state.containers import entries_of
from torchlint.source.paper.state.frames import Loop
from torchlint.source.paper.state.trace import Block, Construct, matters


def run_comprehension(machine: Machine, source: Value, take: Callable[[Value], None]) -> bool:
    """Go through what a comprehension iterates over; over a loader, that is a loop like any other.

    Tells whether its elements are known one by one.
    """
    found, exact, loader = elements(machine, source)
    if loader is None:
        for element in found:
            take(element)
        return exact
    read_in_loop(machine, (loader, *loaders_in(source)), machine.loops)
    loop = Loop(numbers(), machine.site(machine.place.line), loader, frozenset(machine.names_of(loader)))
    machine.loops.append(loop)
    try:
        with machine.aside(machine.state) as trace:
            for element in found:
                take(element)
    finally:
        machine.loops.pop()
    if matters(trace):
        if not machine.place.forward_depth:
            machine.tell(LoopRan.of(loop, trace))
        machine.trace.append(Block(Construct.LOOP, trace))
    return False


def batch_in_parts(machine: Machine, made: Many) -> TensorValue | None:
    """A batch whose parts a comprehension went through: `[part.to(device) for part in batch]` is the batch, moved."""
    if machine.place.forward_depth or not machine.state.get(OPEN, made.number):
        return None
    match entries_of(machine.state, made):
        case [Entry(value=TensorValue(origin=Origin.UNKNOWN) as batch)] if batch.from_loader is Yes:
            return batch
    return None


def batch_by_name(source: Value, table: Mapping[object, Value]) -> TensorValue | None:
    """A batch whose parts were gone through by name: `{key: part.to(device) for key, part in batch.items()}`."""
    match source, list(table.values()):
        case Thing(kind=Kind.ITERATOR, arguments=Arguments(positional=[TensorValue() as batch])), [
            TensorValue() as part
        ]:
            return batch if part.is_data and part.loaders == batch.loaders else None
    return None
