"""A `while True` that takes the next of an iterator until there is none is the `for` that it spells out."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from torchlint.source import syntax
from torchlint.source.syntax import Expression, Statement
from torchlint.source.walk import parts_of


class Taking(NamedTuple):
    """What each pass takes, of what, and what else it does."""

    target: Expression
    iterator: Expression
    rest: list[Statement]


def as_for(loop: syntax.While) -> syntax.While | syntax.For:
    """The same loop as a `for`, if that is what it spells: `while True: try: x = next(it) except StopIteration: break`.

    Where the iterator is mentioned again, it may be replaced by another before it ends.
    """
    taking = _taking(loop.body) if isinstance(loop.test, syntax.Constant) and loop.test.value else None
    if taking is None or _mentions(taking.rest, taking.iterator):
        return loop
    return syntax.For(loop.line, taking.target, taking.iterator, taking.rest, [])


def _taking(body: list[Statement]) -> Taking | None:
    """How a pass takes the next; what it does before has nothing to do with that, and may as well be done after."""
    match body:
        case [syntax.Try(body=[takes], handlers=[handler], otherwise=first, finally_=[]), *others] if _ends(handler):
            taken = _taken(takes)
            return Taking(*taken, [*first, *others]) if taken is not None else None
        case [syntax.With() as block] if (inner := _taking(block.body)) is not None:
            apart = not _mentions(block.items, inner.target)
            return inner._replace(rest=[replace(block, body=inner.rest)]) if apart else None
        case [first, *others] if others and (inner := _taking(others)) is not None:
            return inner._replace(rest=[first, *inner.rest]) if not _mentions(first, inner.target) else None
    return None


def _ends(handler: syntax.Handler) -> bool:
    match handler:
        case syntax.Handler(type=syntax.Name(id="StopIteration"), body=[syntax.Jump(kind="break")]):
            return True
    return False


def _taken(statement: Statement) -> tuple[Expression, Expression] | None:
    """The target and the iterator of `target = next(iterator)`."""
    match statement:
        case syntax.Assign(
            targets=[target],
            value=syntax.Call(
                function=syntax.Name(id="next"),
                arguments=[syntax.Argument(value=syntax.Name() | syntax.Attribute() as iterator, keyword="")],
            ),
        ):
            return target, iterator
    return None


def _mentions(node: object, expression: Expression) -> bool:
    """Whether an expression, or a name in it, stands somewhere in here."""
    if isinstance(expression, syntax.Collection):
        return any(_mentions(node, item) for item in expression.items)
    return node == expression or any(_mentions(part, expression) for part in parts_of(node))
