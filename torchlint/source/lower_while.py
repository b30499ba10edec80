"""A `while True` that takes the next of an iterator until there is none is the `for` that it spells out."""

from __future__ import annotations

from torchlint.source import syntax
from torchlint.source.walk import parts_of


def as_for(loop: syntax.While) -> syntax.While | syntax.For:
    """The same loop as a `for`, if that is what it spells: `while True: try: x = next(it) except StopIteration: break`.

    Where the iterator is mentioned again, it may be replaced by another before it ends.
    """
    match loop:
        case syntax.While(
            test=syntax.Constant(value=True | 1),
            body=[syntax.Try(body=[takes], handlers=[handler], otherwise=[*first], finally_=[]), *others],
        ) if _ends_loop(handler):
            taken = _taken(takes)
            if taken is not None and not _mentions([*first, *others], taken[1]):
                return syntax.For(loop.line, *taken, [*first, *others], [])
    return loop


def _ends_loop(handler: syntax.Handler) -> bool:
    match handler:
        case syntax.Handler(type=syntax.Name(id="StopIteration"), body=[syntax.Jump(kind="break")]):
            return True
    return False


def _taken(statement: syntax.Statement) -> tuple[syntax.Expression, syntax.Expression] | None:
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


def _mentions(node: object, variable: syntax.Expression) -> bool:
    return node == variable or any(_mentions(part, variable) for part in parts_of(node))
