"""What the text around a place says, as an observation: the functions being run, the conditions and loops."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from torchlint.intent.place import Function, LoopAround, Place
from torchlint.intent.unit_tests import holds_unit_tests
from torchlint.knowledge.packages import COUNTS
from torchlint.live.text.pages import FUNCTIONS, Loop, Page, names_in
from torchlint.live.text.spots import Spot


def place_of(spots: tuple[Spot, ...]) -> Place:
    """The place that these calls lead to, the innermost last."""
    return Place(
        tuple(_function(spot) for spot in spots if spot.function and not spot.function.startswith("<")),
        frozenset(name for spot in spots for name in _conditions(spot)),
        tuple(loop_around(loop) for spot in spots for loop in spot.loops if loop.is_statement),
    )


def loop_around(loop: Loop) -> LoopAround:
    """What the header of a loop says."""
    node = loop.node
    if not isinstance(node, (ast.For, ast.AsyncFor)):
        return LoopAround()
    names = frozenset(each.id for each in ast.walk(node.target) if isinstance(each, ast.Name))
    return LoopAround(names, isinstance(_counted(node.iter), (ast.List, ast.Tuple)))


def counts(loop: Loop) -> bool:
    """Whether a loop goes over a `range`, if only inside a progress bar."""
    source = loop.node.iter if isinstance(loop.node, (ast.For, ast.AsyncFor)) else None
    match source:
        case ast.Call(func=ast.Name(id="range" | "trange")):
            return True
        case ast.Call(args=[ast.Call(func=ast.Name(id="range")), *_]):
            return True
    return False


def _counted(source: ast.expr) -> ast.expr:
    """What a loop goes over, without what only counts it or shows how far it is."""
    match source:
        case ast.Call(func=ast.Name(id=name), args=[inner, *_]) if name in COUNTS:
            return _counted(inner)
    return source


def is_in_unit_tests(page: Page) -> bool:
    """Whether a file holds unit tests."""
    return holds_unit_tests(page.path, _defined(page))


def _defined(page: Page) -> list[str]:
    """The functions of a file and the methods of its classes, by name."""
    found: list[str] = []
    for node in page.top:
        each = node.body if isinstance(node, ast.ClassDef) else [node]
        found += [inner.name for inner in each if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return found


def _function(spot: Spot) -> Function:
    code = spot.code
    node = spot.page.function_at(code.co_firstlineno)
    owner = None if node is None else spot.page.parents.get(node)
    given = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return Function(
        spot.function, code.co_filename, owner.name if isinstance(owner, ast.ClassDef) else "", frozenset(given)
    )


def _conditions(spot: Spot) -> Iterator[str]:
    """The names in the tests of the `if`s that a place stands in, within its function."""
    for parent, child in spot.page.above(spot.node) if spot.node is not None else ():
        match parent:
            case ast.If(test=test) | ast.IfExp(test=test) if child is not test:
                yield from names_in(test)
            case _ if isinstance(parent, FUNCTIONS):
                return
