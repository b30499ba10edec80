"""What the text does with gradients itself, where a run may leave no trace of it.

Reading `.grad` leaves none, and neither does changing it through `.data`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from torchlint.facts.event import Event, ReadsGradient, WritesGradient
from torchlint.facts.site import Site
from torchlint.live.text.pages import FUNCTIONS, Loop, inside
from torchlint.live.text.spots import Spot


def gradient_accesses(loop: Loop) -> Iterator[Event]:
    """Where a loop reads or writes `.grad`; the functions that it calls are not looked into."""
    for node in inside(loop.node):
        match node:
            case ast.AugAssign(target=target) if _is_gradient(target):
                yield WritesGradient(site=loop.page.site(node))
            case ast.Call(func=ast.Attribute(value=target, attr=name)) if name.endswith("_") and _is_gradient(target):
                yield WritesGradient(site=loop.page.site(node))
            case ast.Attribute(attr="grad", ctx=ast.Load()):
                yield ReadsGradient(site=loop.page.site(node))


def _is_gradient(node: ast.expr) -> bool:
    """Whether an expression is a gradient or the data of one."""
    match node:
        case ast.Attribute(value=inner, attr="data") | ast.Subscript(value=inner):
            return _is_gradient(inner)
        case ast.Attribute(attr="grad"):
            return True
    return False


def last_gradient_request(spot: Spot) -> Site:
    """The last expression before a place, in its function, that makes a tensor ask for its gradient; else the place."""
    if spot.node is None:
        return spot.site
    function = spot.page.function_around(spot.node)
    body = ast.iter_child_nodes(function) if function is not None else spot.page.top
    before = [node for each in body for node in _requests(each) if node.lineno <= spot.line]
    last = max(before, key=lambda node: (node.lineno, node.col_offset), default=None)
    return spot.site if last is None else spot.page.site(last)


def _requests(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions that make a tensor ask for its gradient."""
    if isinstance(node, FUNCTIONS):
        return
    match node:
        case ast.Attribute(attr="requires_grad", ctx=ast.Store()) | ast.Call(func=ast.Attribute(attr="requires_grad_")):
            yield node
        case ast.Call(keywords=keywords) if any(each.arg == "requires_grad" for each in keywords):
            yield node
    for child in ast.iter_child_nodes(node):
        yield from _requests(child)
