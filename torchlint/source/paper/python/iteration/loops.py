"""Loops on paper: a loop is gone through twice, or once for each item where the items are known."""

from __future__ import annotations

from functools import partial

from torchlint.source import syntax
from torchlint.source.paper.domain.values import (
    Literal,
    Value,
    may_be_unset,
    numbers,
    present,
)
from torchlint.source.paper.occurrences.program import IterationEnded, LoopRan
from torchlint.source.paper.python import assignment
from torchlint.source.paper.python.expressions import evaluate
from torchlint.source.paper.python.iteration.draws import read_in_loop
from torchlint.source.paper.python.iteration.elements import counts, elements, loaders_in
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import GRADIENTS, MODES
from torchlint.source.paper.state.frames import Loop
from torchlint.source.paper.state.trace import Block, Construct, matters


def run_loop(machine: Machine, statement: syntax.For | syntax.While) -> bool:
    """Run a loop; False when nothing after it is reached."""
    found: list[Value] = []
    exact = False
    loader: Value | None = None
    source: Value | None = None
    counting: syntax.For | None = None
    if isinstance(statement, syntax.For):
        source = evaluate(machine, statement.source)
        found, exact, loader = elements(machine, source)
        counting = statement if counts(source) else None
    names = machine.names_of(loader) if loader is not None else frozenset()
    loop = Loop(numbers(), machine.site(statement.line), loader, names, counting=counting)
    loop.statement, loop.branches, loop.unrolled = statement, machine.place.branches, exact
    loop.source = source
    if loader is not None and source is not None:
        read_in_loop(machine, (loader, *loaders_in(source)), machine.loops)
    passes = found if exact else [found[0] if found else None] * 2
    for number, element in enumerate(passes):
        last = exact or number == len(passes) - 1
        if element is not None and may_be_unset(element):
            run = partial(_run_pass, machine, statement, loop, present(element), exact, last=last)
            goes_on = machine.fork(None, [(True, run), (True, lambda: True)])
        else:
            goes_on = _run_pass(machine, statement, loop, element, exact, last=last)
        if not goes_on or not (exact or loop.eventful):
            break
    machine.run_block(statement.otherwise)
    return True


def _run_pass(
    machine: Machine,
    statement: syntax.For | syntax.While,
    loop: Loop,
    element: Value | None,
    exact: bool,
    *,
    last: bool,
) -> bool:
    base, parted = machine.state.fork(), numbers()
    kept_exits, machine.frame.exits = machine.frame.exits, []
    kept_assumed = dict(machine.assumed)
    machine.loops.append(loop)
    loop.item = _stamp(element) if exact else None
    try:
        with machine.aside(base) as trace:
            if isinstance(statement, syntax.For) and element is not None:
                assignment.assign(machine, statement.target, element, statement.line, None)
            elif isinstance(statement, syntax.While):
                evaluate(machine, statement.test)
            goes_on = machine.run_block(statement.body)
            ended = machine.state
        exits = machine.frame.exits
        if loop.loader is not None:
            machine.tell(IterationEnded(loop.loader))
        ways = [left.since(base) for left in exits] + ([ended.since(base)] if goes_on else [])
        switched = any(key[0] in (MODES, GRADIENTS) for way in ways for key in way.own)
        loop.eventful = switched or matters(trace)
        if last and loop.eventful and not machine.place.forward_depth:
            with machine.aside(base):
                machine.tell(LoopRan.of(loop, trace))
    finally:
        machine.loops.pop()
        machine.frame.exits = kept_exits
        machine.assumed = kept_assumed
    if ways:
        base.absorb(ways, parted)
        machine.state.adopt(base)
    if last and matters(trace):
        machine.trace.append(Block(Construct.LOOP, trace))
    return bool(ways)


def _stamp(element: Value | None) -> object:
    if isinstance(element, Literal):
        return element.value
    return element.number if element is not None else None
