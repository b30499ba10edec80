"""Statements that add to a name, an attribute or a list again and again, and what that holds in a frame."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import CO_OPTIMIZED
from types import FrameType, FunctionType, ModuleType
from typing import Any

from torchlint.facts.site import Site
from torchlint.live.text.pages import inside
from torchlint.live.text.spots import Spot

PUTS = frozenset(("append", "extend"))
MOST_VARIABLES = 64
DEFINED = (ModuleType, FunctionType, type)
COPIES_LOCALS = sys.version_info < (3, 13)


@dataclass(frozen=True, slots=True)
class Accumulation:
    """A statement that adds to something: its place, and the expression that it adds to."""

    site: Site
    target: ast.expr

    def held(self, frame: FrameType) -> Any:
        """What it has added up by now, in a frame of its function; None if that is unknown."""
        return _value(self.target, frame)


def accumulations(spot: Spot) -> Iterator[Accumulation]:
    """What adds to something in the loops around a place, else in its function."""
    around: ast.AST | None = next((each.node for each in spot.loops if each.is_statement), None)
    if around is None and spot.node is not None:
        around = spot.page.function_around(spot.node)  # It is called again and again: by a loop, or by a framework.
    for node in inside(around) if around is not None else ():
        target = added_to(node)
        if target is not None:
            yield Accumulation(spot.page.site(node), target)


def added_to(node: ast.AST) -> ast.expr | None:
    """What a statement or a call adds to."""
    match node:
        case ast.AugAssign(op=ast.Add(), target=target):
            return target
        case ast.Assign(targets=[target], value=ast.BinOp(op=ast.Add(), left=left, right=right)):
            return target if ast.unparse(target) in (ast.unparse(left), ast.unparse(right)) else None
        case ast.Call(func=ast.Attribute(value=target, attr=name)) if name in PUTS:
            return target
    return None


def objects_in(frame: FrameType) -> Iterator[Any]:
    """What the variables of a frame hold, and what that holds in turn; nothing of the user's is run for it."""
    variables = frame.f_locals
    held = list(variables.values())
    if COPIES_LOCALS and frame.f_code.co_flags & CO_OPTIMIZED:
        variables.clear()  # The copy that Python made for us would keep the user's tensors alive.
    for each in [each for each in held if not isinstance(each, DEFINED)][:MOST_VARIABLES]:
        yield each
        inner = each if type(each) is dict else getattr(each, "__dict__", None)
        if type(inner) is dict:
            yield from list(inner.values())[:MOST_VARIABLES]


def _value(node: ast.expr, frame: FrameType) -> Any:
    """What a name, an attribute or an item means in a frame; nothing of the user's is run for it."""
    match node:
        case ast.Name(id=name):
            return _variable(name, frame)
        case ast.Attribute(value=owner, attr=name):
            return getattr(_value(owner, frame), "__dict__", {}).get(name)
        case ast.Subscript(value=owner, slice=ast.Constant(value=key)):
            held = _value(owner, frame)
            return held.get(key) if type(held) is dict else None
    return None


def _variable(name: str, frame: FrameType) -> Any:
    variables = frame.f_locals
    found = variables.get(name)
    if COPIES_LOCALS and frame.f_code.co_flags & CO_OPTIMIZED:
        variables.clear()  # The copy that Python made for us would keep the user's tensors alive.
    return frame.f_globals.get(name) if found is None else found
