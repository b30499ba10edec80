"""The conditions and loops that a place stands in."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import takewhile

from torchlint.intent.place import Function
from torchlint.live.text.pages import FUNCTIONS, Page, names_in
from torchlint.live.text.spots import Spot

CONDITIONS = (ast.If, ast.IfExp, ast.Match, ast.Try)


def is_conditional(spots: tuple[Spot, ...]) -> bool:
    """Whether a branch stands between the innermost loop and the place that these calls lead to."""
    for spot in reversed(spots):
        if spot.node is None:
            return True
        around = [parent for parent, _ in spot.page.above(spot.node)]
        loops = [loop.node for loop in spot.loops]
        inside = around[: around.index(loops[-1])] if loops and loops[-1] in around else around
        if any(isinstance(each, CONDITIONS) for each in _in_function(inside)):
            return True
        if loops:
            return False
    return False


def _in_function(nodes: list[ast.AST]) -> list[ast.AST]:
    """Those before the function around them."""
    return list(takewhile(lambda node: not isinstance(node, FUNCTIONS), nodes))


def is_bound_to_mode(spot: Spot) -> bool:
    """Whether a place stands under a condition on the mode of a model."""
    if spot.node is None:
        return False
    return any(
        isinstance(parent, (ast.If, ast.IfExp)) and any(_reads_mode(each) for each in ast.walk(parent.test))
        for parent, _ in spot.page.above(spot.node)
    )


def _reads_mode(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "training"


def draws_one_batch(spot: Spot) -> bool:
    """Whether a place is `next(iter(...))`: the batch is the only one of its iterator."""
    return _drawn_from(spot) is not None


def names_drawn_from(spot: Spot) -> frozenset[str]:
    """The names of what a place draws one batch from."""
    loader = _drawn_from(spot)
    return frozenset() if loader is None else names_in(loader)


def _drawn_from(spot: Spot) -> ast.expr | None:
    match spot.node:
        case ast.Call(func=ast.Name(id="next"), args=[ast.Call(func=ast.Name(id="iter"), args=[loader, *_]), *_]):
            return loader
    return None


def gives_back(spot: Spot) -> bool:
    """Whether a place is in a `return`: who called the function is given what comes out there."""
    return isinstance(spot.page.statement_at(spot.line), ast.Return)


def receiver_called(spot: Spot) -> str:
    """What the text calls the object whose method a place calls; empty where it has no name."""
    match spot.node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name) | ast.Attribute(attr=name))):
            return name
    return ""


@dataclass(frozen=True, slots=True)
class NamesAround:
    """The function that a line stands in, the names that its statement uses, and those that it gives to calls."""

    function: Function
    used: frozenset[str]
    given: frozenset[str]


def names_around(page: Page, line: int) -> NamesAround:
    """What is said by name about a line."""
    statement = page.statement_at(line)
    if statement is None:
        return NamesAround(Function(""), frozenset(), frozenset())
    node = page.function_around(statement)
    name = node.name if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else ""
    value = getattr(statement, "value", None)
    if value is None:
        return NamesAround(Function(name, page.path), frozenset(), frozenset())
    calls = [each for each in ast.walk(value) if isinstance(each, ast.Call)]
    given = frozenset[str]().union(*(names_in(each) for call in calls for each in call.args))
    return NamesAround(
        Function(name, page.path), names_in(value), given.difference(*(names_in(call.func) for call in calls))
    )
