"""What a comprehension goes through on paper."""

from __future__ import annotations

from collections.abc import Callable

from torchlint.source.paper.domain.values import Value, numbers
from torchlint.source.paper.occurrences.program import LoopRan
from torchlint.source.paper.python.iteration.draws import read_in_loop
from torchlint.source.paper.python.iteration.elements import elements, loaders_in
from torchlint.source.paper.python.machine import Machine
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
