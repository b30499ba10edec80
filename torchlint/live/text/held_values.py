"""What the user's variables hold, by simple expressions of the text, without running any of the user's code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import FrameType
from typing import Any

from torchlint.live.text.spots import Spot

CONTAINERS = (dict, list, tuple)


class NotHeld(Exception):
    """Nothing that can be told without running code stands there."""


def holders_of(attribute: str, name: str, spot: Spot, frame: FrameType) -> Iterator[Any]:
    """What holds the `attribute` of which the statement at a spot sets a name: `held.attribute.name = ...`."""
    statement = spot.page.statement_at(spot.line)
    for target in statement.targets if isinstance(statement, ast.Assign) else ():
        match target:
            case ast.Attribute(attr=set_name, value=ast.Attribute(attr=through, value=held)):
                if (through, set_name) == (attribute, name):
                    try:
                        yield value_of(held, frame)
                    except NotHeld:
                        continue


def value_of(node: ast.expr, frame: FrameType) -> Any:
    """What a variable holds in a frame, an attribute of what it holds, or an item of a plain container."""
    match node:
        case ast.Name(id=name):
            scope = frame.f_locals if name in frame.f_locals else frame.f_globals
            return _item(scope, name)
        case ast.Attribute(value=owner, attr=name):
            return _item(getattr(value_of(owner, frame), "__dict__", {}), name)
        case ast.Subscript(value=owner, slice=ast.Constant(value=key)):
            return _item(value_of(owner, frame), key)
        case ast.Subscript(value=owner, slice=ast.Name() as index):
            return _item(value_of(owner, frame), value_of(index, frame))
    raise NotHeld


def _item(container: Any, key: Any) -> Any:
    if type(container) not in CONTAINERS:
        raise NotHeld
    try:
        return container[key]
    except (KeyError, IndexError, TypeError) as error:
        raise NotHeld from error
