"""What the text says around a call that cuts the graph: its names, and the conditions and loops that it stands in."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from torchlint.intent.cuts import Cut
from torchlint.live.text.around import place_of
from torchlint.live.text.pages import FUNCTIONS, names_given, names_in
from torchlint.live.text.spots import Spot

TURNS = (ast.If, ast.IfExp, ast.For, ast.While)


def cut_at(spots: tuple[Spot, ...], layers: tuple[str, ...], model: str) -> Cut | None:
    """What stands around the call that `spots` lead to, in the model; None where no `forward` is on the way.

    `layers` are the names of those before it in the graph, `model` is the model's class.
    """
    first = next((number for number, spot in enumerate(spots) if spot.function == "forward"), None)
    if first is None:
        return None
    inside = [spot for spot in spots[first:] if spot.node is not None]
    guarded = any(isinstance(node, TURNS) for spot in inside for node in _within_function(spot))
    names = frozenset((model,)).union(*(names_given(spot.page, spot.node) for spot in inside if spot.node is not None))
    return Cut(names | _names_cut(spots[-1]), place_of(spots[first:]), guarded, frozenset(layers))


def is_written(call: str, spot: Spot) -> bool:
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
    """The statements around a place up to its function."""
    assert spot.node is not None
    for parent, _ in spot.page.above(spot.node):
        if isinstance(parent, FUNCTIONS):
            return
        yield parent
