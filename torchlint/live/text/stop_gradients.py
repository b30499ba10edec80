"""Whether the text around a cut says that it is meant: by a name, or by a condition or a loop that it stands in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from torchlint.knowledge.names import STOPPING_WORDS, words_of
from torchlint.live.models.cut_tracing import Cut
from torchlint.live.stream.places import Spot
from torchlint.live.text.pages import names_given, names_in

if TYPE_CHECKING:
    from torch.nn import Module

TURNS = (ast.If, ast.IfExp, ast.For, ast.While)


def is_plain(cut: Cut, layers: tuple[str, ...], model: Module) -> bool:
    """Whether it stands in the user's own text, and no name says so: at it, of the layers before it, or around it."""
    names = set(layers) | {type(model).__name__} | _names_cut(cut)
    inside = False
    for spot in cut.spots:
        inside = inside or spot.function == "forward"
        if not inside or spot.node is None:
            continue
        around = list(_within_function(spot))
        if any(isinstance(node, TURNS) for node in around):
            return False
        names |= {node.name for node in around if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        names |= names_given(spot.page, spot.node)
    return inside and _is_written(cut) and not any(STOPPING_WORDS.intersection(words_of(name)) for name in names)


def _is_written(cut: Cut) -> bool:
    """Whether the text itself cuts there, and not a library that it calls."""
    spot = cut.spots[-1]
    if cut.name != "data":
        return spot.calls(cut.name)
    return spot.node is not None and cut.name in names_in(spot.node)


def _names_cut(cut: Cut) -> frozenset[str]:
    """The names in what is cut."""
    match cut.spots[-1].node:
        case ast.Call(func=ast.Attribute(value=value), args=[]):
            return names_in(value)
        case ast.Call(args=[value, *_]):
            return names_in(value)
    return frozenset()


def _within_function(spot: Spot) -> Iterator[ast.AST]:
    """The statements around a place up to its function, and the class of that."""
    assert spot.node is not None
    leaving = False
    for parent, _ in spot.page.above(spot.node):
        if leaving and not isinstance(parent, ast.ClassDef):
            return
        yield parent
        leaving = leaving or isinstance(parent, ast.FunctionDef)
