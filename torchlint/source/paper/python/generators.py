"""What a comprehension goes through on paper."""

from __future__ import annotations

from collections.abc import Callable

from torchlint.source.paper.detect import iterations
from torchlint.source.paper.domain.values import Value, numbers
from torchlint.source.paper.python.elements import elements
from torchlint.source.paper.python.machine import Loop, Machine
from torchlint.source.paper.state.trace import Block, matters


def run_generator(machine: Machine, source: Value, take: Callable[[Value], None]) -> None:
    """Go through what a comprehension iterates over; over a loader, that is a loop like any other."""
    found, _, loader = elements(machine, source)
    if loader is None:
        for element in found:
            take(element)
        return
    machine.use(loader, "read")
    loop = Loop(numbers(), machine.site(machine.line), loader, frozenset(machine.names_of(loader)))
    loop.inside = len(machine.iterations)
    machine.loops.append(loop)
    machine.unrolled.append(None)
    try:
        with machine.aside(machine.state) as trace:
            for element in found:
                take(element)
    finally:
        machine.loops.pop()
        machine.unrolled.pop()
    if matters(trace):
        iterations.finish(machine, loop, trace)
        machine.trace.append(Block("loop", trace))
