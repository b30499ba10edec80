"""Loops on paper: a loop is gone through twice, or once for each item where the items are known."""

from __future__ import annotations

from collections.abc import Callable

from torchlint.facts.answer import No
from torchlint.facts.loss import Origin
from torchlint.knowledge.names import is_data_name
from torchlint.source import syntax
from torchlint.source.paper import assignment, iterations, shapes
from torchlint.source.paper.containers import append, items_of, new_list
from torchlint.source.paper.expressions import evaluate, text_of
from torchlint.source.paper.machine import Loop, Machine
from torchlint.source.paper.trace import Block, matters
from torchlint.source.paper.values import (
    Choice,
    Index,
    Literal,
    Many,
    Opaque,
    Parameters,
    Symbol,
    Table,
    TensorValue,
    Thing,
    Value,
    numbers,
    options,
)

UNROLLED = 6


def run_loop(machine: Machine, statement: syntax.For | syntax.While) -> bool:
    """Run a loop; False when nothing after it is reached."""
    from torchlint.source.paper.statements import run_block

    found: list[Value] = []
    exact = False
    loader: Value | None = None
    if isinstance(statement, syntax.For):
        found, exact, loader = elements(machine, evaluate(machine, statement.source))
    loop = Loop(numbers(), machine.site(statement.line), loader, frozenset(loader.names) if loader else frozenset())
    loop.inside, loop.branches = len(machine.iterations), machine.branches
    loop.target = text_of(statement.target) if isinstance(statement, syntax.For) else ""
    loop.asks, loop.unrolled = isinstance(statement, syntax.While), exact
    loop.counts = _counts(statement)
    if loader is not None:
        machine.use(loader, "read")
    passes = found if exact else [found[0] if found else None] * 2
    entered_at = machine.store
    for number, element in enumerate(passes):
        if not _run_pass(machine, statement, loop, element, exact, last=exact or number == len(passes) - 1):
            break
        if not exact and not loop.eventful:
            break
    machine.store = entered_at
    run_block(machine, statement.otherwise)
    forever = isinstance(statement, syntax.While) and isinstance(statement.test, syntax.Constant)
    return not (forever and not loop.names and machine.store.get(("left", loop.number)) is No)


def _counts(statement: syntax.For | syntax.While) -> bool:
    match statement:
        case syntax.For(source=syntax.Call(function=syntax.Name(id="range"))):
            return True
    return False


def _run_pass(
    machine: Machine,
    statement: syntax.For | syntax.While,
    loop: Loop,
    element: Value | None,
    exact: bool,
    *,
    last: bool,
) -> bool:
    from torchlint.source.paper.statements import run_block

    base = machine.store.fork()
    kept_exits, machine.frame.exits = machine.frame.exits, []
    kept_assumed = dict(machine.assumed)
    machine.loops.append(loop)
    machine.unrolled.append(_stamp(element) if exact else None)
    try:
        with machine.aside(base) as trace:
            if isinstance(statement, syntax.For) and element is not None:
                assignment.assign(machine, statement.target, element, statement.line, None)
            elif isinstance(statement, syntax.While):
                evaluate(machine, statement.test)
            goes_on = run_block(machine, statement.body)
            ended = machine.store
        exits = machine.frame.exits
        if loop.loader is not None:
            machine.awaiting_step.discard(loop.loader.number)
        ways = [store.since(base) for _, store in exits] + ([ended.since(base)] if goes_on else [])
        switched = any(key[0] in ("mode", "gradients") for way in ways for key in way.own)
        loop.eventful = switched or matters(trace)
        if last and loop.eventful:
            with machine.aside(base):
                iterations.finish(machine, loop, trace)
    finally:
        machine.loops.pop()
        machine.unrolled.pop()
        machine.frame.exits = kept_exits
        machine.assumed = kept_assumed
    if ways:
        base.absorb(ways)
        machine.store.adopt(base)
    if last and matters(trace):
        machine.trace.append(Block("loop", trace))
    return bool(ways)


def run_generator(machine: Machine, source: Value, take: Callable[[Value], None]) -> None:
    """Go through what a comprehension iterates over; over a loader, that is a loop like any other."""
    found, _, loader = elements(machine, source)
    if loader is None:
        for element in found:
            take(element)
        return
    machine.use(loader, "read")
    loop = Loop(numbers(), machine.site(machine.line), loader, frozenset(loader.names))
    loop.inside = len(machine.iterations)
    machine.loops.append(loop)
    machine.unrolled.append(None)
    try:
        with machine.aside(machine.store) as trace:
            for element in found:
                take(element)
    finally:
        machine.loops.pop()
        machine.unrolled.pop()
    if matters(trace):
        iterations.finish(machine, loop, trace)
        machine.trace.append(Block("loop", trace))


def _stamp(element: Value | None) -> object:
    if isinstance(element, Literal):
        return element.value
    return element.number if element is not None else None


def elements(machine: Machine, source: Value) -> tuple[list[Value], bool, Value | None]:
    """What iterating gives: the elements, whether they are all of them one by one, and the loader they come from."""
    match source:
        case Many():
            items = items_of(machine, source)
            if 0 < len(items) <= UNROLLED:
                return items, True, None
            return items[:1] or [Opaque()], False, None
        case Table():
            table: dict[object, Value] = machine.store.get(("items", source.number)) or {}
            keys: list[Value] = [Literal(value=key) for key in table if isinstance(key, (str, int))]
            return (keys, True, None) if 0 < len(keys) <= UNROLLED else ([Opaque()], False, None)
        case Thing() if source.kind == "iterator":
            return _iterator(machine, source)
        case Thing() if source.kind in ("loader", "dataset"):
            return [batch_of(source)], False, source
        case Thing() if source.kind == "layer" and source.children:
            children = list(source.children.values())
            return (children, True, None) if len(children) <= UNROLLED else (children[:1], False, None)
        case Choice():
            return _of_choice(machine, source)
        case Parameters():
            return [Parameters(subject=source.subject)], False, None
        case TensorValue():
            return [source.but()], False, None
        case Opaque():
            if _named_as_data(source):
                return [batch_of(source)], False, source
            return [Opaque(names=set(source.names), name="")], False, None
    return [Opaque()], False, None


def _of_choice(machine: Machine, source: Choice) -> tuple[list[Value], bool, Value | None]:
    for option in source.options:
        found = elements(machine, option)
        if found[2] is not None:
            return found[0], False, found[2]
    return elements(machine, source.options[-1])[0][:1] or [Opaque()], False, None


def _named_as_data(source: Opaque) -> bool:
    return any(is_data_name(name.rpartition(".")[2]) for name in source.names)


def batch_of(loader: Value) -> TensorValue:
    """A batch of a loader or dataset."""
    shape, parts = shapes.of_batch(loader)
    return TensorValue(loader=loader.number, origin=Origin.UNKNOWN, graph=No, shape=shape, parts=parts)


def _iterator(machine: Machine, source: Thing) -> tuple[list[Value], bool, Value | None]:
    inner = [elements(machine, each) for each in source.arguments.positional]
    if not inner:
        return [Opaque()], False, None
    loader = next((found[2] for found in inner if found[2] is not None), None)
    match source.dotted:
        case "enumerate":
            items, exact, _ = inner[0]
            pairs: list[Value] = [
                _pair(machine, [Literal(value=i) if exact else Opaque(), x]) for i, x in enumerate(items)
            ]
            return pairs, exact, loader
        case "zip":
            exact = all(found[1] for found in inner)
            rows = zip(*[found[0] for found in inner], strict=False)
            return [_pair(machine, list(row)) for row in rows], exact, loader
        case "items":
            return _items(machine, source)
        case "range":
            return [Index(of=source.origin) if source.origin else Opaque()], False, loader
    return inner[0][0], inner[0][1] and source.dotted in ("iter", "reversed", "sorted", "tqdm"), loader


def _items(machine: Machine, source: Thing) -> tuple[list[Value], bool, Value | None]:
    table: dict[object, Value] = machine.store.get(("items", source.arguments.positional[0].number)) or {}
    rows: list[Value] = [_pair(machine, [Literal(value=key), value]) for key, value in table.items()]
    if 0 < len(rows) <= UNROLLED:
        return rows, True, None
    return [_pair(machine, [Opaque(), Opaque()])], False, None


def _pair(machine: Machine, values: list[Value]) -> Many:
    pair = new_list(machine, "tuple", None)
    for value in values:
        append(machine, pair, value, machine.site(machine.line))
    return pair


def loader_of(machine: Machine, value: Value) -> Value | None:
    """The loader that something iterates over, however it is wrapped."""
    for option in options(value):
        if isinstance(option, (Thing, Opaque)) and not isinstance(option, Symbol):
            found = elements(machine, option)[2]
            if found is not None:
                return found
    return None
