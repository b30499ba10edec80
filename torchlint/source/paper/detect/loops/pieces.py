"""Data that a loop takes piece by piece as its counter goes, with no loader in sight: `batch = data[i : i + size]`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torchlint.facts.site import Site
from torchlint.source import syntax
from torchlint.source.walk import parts_of


def data_taken(loop: syntax.For, site: Site) -> frozenset[str]:
    """The names of the data of which the call at `site`, in the body of a loop, is first given the counter's piece.

    A step in time is no piece of data: what a call makes of its own last result is carried on, not taken.
    """
    counters = set(_names(loop.target))
    statements = list(_straight(loop.body))
    made = {name for each in statements if _call_at(each, site) for name in _targets(each)}
    pieces: dict[str, frozenset[str]] = {}
    for statement in statements:
        call = _call_at(statement, site)
        if call is not None:
            carries = any(not made.isdisjoint(_names(each.value)) for each in call.arguments)
            return _taken(call.arguments[0].value, counters, pieces, whole=carries) if call.arguments else frozenset()
        targets = set(_targets(statement))
        value = statement.value if isinstance(statement, syntax.Assign) else None
        if value is None or not targets:
            continue
        own = not (targets | made).isdisjoint(_names(value))
        pieces.update(dict.fromkeys(targets, frozenset() if own else _taken(value, counters, pieces)))
        if _is_count(value) and not counters.isdisjoint(_names(value)):
            counters |= targets
    return frozenset()


def _taken(
    value: syntax.Expression, counters: set[str], pieces: dict[str, frozenset[str]], *, whole: bool = False
) -> frozenset[str]:
    """The names of what an expression takes a piece of: indexed by a counter, or given to a call along with it.

    Where a `whole` batch is asked for, one row or column is none.
    """
    found: set[str] = set()
    for node in _every(value):
        match node:
            case syntax.Name() if node.id in pieces:
                found |= pieces[node.id]
            case syntax.Subscript() if _is_indexed(node.index, counters, whole=whole):
                found.update(_names(node.value))
            case syntax.Call() if any(_is_counter(each.value, counters) for each in node.arguments):
                found.update(name for each in node.arguments for name in _names(each.value))
    return frozenset(found - counters)


def _is_indexed(index: syntax.Expression, counters: set[str], *, whole: bool) -> bool:
    slices = [node for node in _every(index) if isinstance(node, syntax.Slice)] if whole else [index]
    return any(not counters.isdisjoint(_names(each)) for each in slices)


def _is_counter(value: syntax.Expression, counters: set[str]) -> bool:
    return _is_count(value) and not counters.isdisjoint(_names(value))


def _is_count(value: syntax.Expression) -> bool:
    """Whether an expression is a number made of other numbers, by its form."""
    match value:
        case syntax.Name() | syntax.Constant():
            return True
        case syntax.Operation():
            return all(map(_is_count, value.operands))
        case syntax.Call(function=syntax.Name(id="min" | "max" | "int")):
            return True
    return False


def _straight(body: Sequence[syntax.Statement]) -> Iterator[syntax.Statement]:
    """The statements that an iteration itself goes through, in order; inner loops have data of their own."""
    for statement in body:
        yield statement
        match statement:
            case syntax.If():
                yield from _straight([*statement.yes, *statement.no])
            case syntax.With():
                yield from _straight(statement.body)
            case syntax.Try():
                yield from _straight(statement.body)


def _targets(statement: syntax.Statement) -> Iterator[str]:
    if isinstance(statement, syntax.Assign):
        for target in statement.targets:
            yield from _names(target)


def _call_at(statement: syntax.Statement, site: Site) -> syntax.Call | None:
    return next((call for call in _calls(statement) if (call.line, call.part) == (site.line, site.part)), None)


def _calls(statement: syntax.Statement) -> Iterator[syntax.Call]:
    match statement:
        case syntax.Assign() | syntax.Evaluate() | syntax.Augment() | syntax.Return():
            if statement.value is not None:
                yield from (node for node in _every(statement.value) if isinstance(node, syntax.Call))


def _names(value: object) -> Iterator[str]:
    return (node.id for node in _every(value) if isinstance(node, syntax.Name))


def _every(node: object) -> Iterator[object]:
    yield node
    for part in parts_of(node):
        yield from _every(part)
