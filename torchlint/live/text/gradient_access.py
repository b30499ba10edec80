"""What the text of a loop does with `.grad` itself, where a run may leave no trace of it.

Reading a gradient leaves none, and neither does changing it through `.data`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from torchlint.facts.event import Event, ReadsGradient, WritesGradient
from torchlint.live.text.pages import Loop, inside


def by_hand_in(loop: Loop) -> Iterator[Event]:
    """The events, each at its place; the functions that the loop calls are not looked into."""
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
