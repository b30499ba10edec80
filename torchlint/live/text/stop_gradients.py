"""Whether the text around a cut says that it is meant: by a name, or by a condition or a loop that it stands in."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from torchlint.knowledge.names import STOPPING_WORDS, words_of
from torchlint.live.text.pages import names_given, names_in
from torchlint.live.text.spots import Spot

TURNS = (ast.If, ast.IfExp, ast.For, ast.While)


def is_plain_cut(call: str, spots: tuple[Spot, ...], layers: tuple[str, ...], model: str) -> bool:
    """Whether a call that cuts the graph stands in the user's own text, and no name around it says that it is meant.

    `spots` lead to the call, `layers` are the names of those before it in the graph, `model` is the model's class.
    """
    names = {*layers, model, *_names_cut(spots[-1])}
    inside = False
    for spot in spots:
        inside = inside or spot.function == "forward"
        if not inside or spot.node is None:
            continue
        around = list(_within_function(spot))
        if any(isinstance(node, TURNS) for node in around):
            return False
        names |= {node.name for node in around if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        names |= names_given(spot.page, spot.node)
    is_meant = any(STOPPING_WORDS.intersection(words_of(name)) for name in names)
    return inside and _is_written(call, spots[-1]) and not is_meant


def _is_written(call: str, spot: Spot) -> bool:
    """Whether the text itself cuts there, and not a library that it calls."""
    if call != "data":
        return spot.calls(call)
    return spot.node is not None and call in names_in(spot.node)


def _names_cut(spot: Spot) -> frozenset[str]:
    """The names in what is cut."""
    match spot.node:
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
