"""What the text calls a number that is handed to a call."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from torchlint.live.text.pages import Page, called, inside, names_in
from torchlint.live.text.spots import Spot

FARTHEST = 3
"""So many times it is asked where a number comes from."""


def ways_to_say(spot: Spot, name: str) -> Iterator[frozenset[str]]:
    """The names in an argument of a call, then those in what they were given: nearest first, ended by a minus."""
    call = spot.node
    if not isinstance(call, ast.Call):
        return
    keywords = (each.value for each in call.keywords if each.arg == name)
    given = next(keywords, call.args[0] if call.args else None)
    waiting = [] if given is None else [given]
    for _ in range(FARTHEST):
        if any(map(_turns_round, waiting)):
            return
        yield frozenset(name for each in waiting for name in names_in(each))
        waiting = [origin for each in waiting for origin in _origins(spot.page, each)]


def _turns_round(given: ast.expr) -> bool:
    return any(isinstance(node, (ast.USub, ast.Sub)) for node in ast.walk(given))


def _origins(page: Page, given: ast.expr) -> Iterator[ast.expr]:
    """What a name was given last in the same function, or what a function of the same file returns."""
    match given:
        case ast.Name(id=name):
            value = page.value_of(name, given)
            if value is not None:
                yield value
        case ast.Call():
            for node in page.parents:
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == called(given):
                    returns = (each.value for each in inside(node) if isinstance(each, ast.Return))
                    yield from (each for each in returns if each is not None)
