"""Where a layer or parameter of a model was made: the line of the user's class that gave it its name."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from typing import Any

from torch import nn

from torchlint.facts.site import Site
from torchlint.live.pages import Page
from torchlint.live.places import Places


def declared(model: nn.Module, name: str, places: Places) -> Site | None:
    """The place that made the layer or parameter of this dotted name; None if no line of the user's did.

    It is looked for in the innermost module of a class of the user's on the way there.
    """
    owners: list[tuple[nn.Module, str]] = []
    owner: Any = model
    for part in name.split("."):
        owners.append((owner, part))
        owner = getattr(owner, part, None)
        if not isinstance(owner, nn.Module):
            break
    found = (_assignment(type(holder), part, places) for holder, part in reversed(owners))
    return next((site for site in found if site is not None), None)


def _assignment(kind: type, attribute: str, places: Places) -> Site | None:
    """Where a class, or a base of it, assigns `self.attribute`."""
    for each in kind.__mro__:
        method = vars(each).get("__init__")
        code = getattr(inspect.unwrap(method), "__code__", None) if method is not None else None
        if code is None or not places.is_users_file(code.co_filename):
            continue
        page = places.page(code.co_filename)
        for node in _assigned(page, code.co_firstlineno, attribute):
            return page.site(node)
    return None


def _assigned(page: Page, line: int, attribute: str) -> Iterator[ast.AST]:
    """The values assigned to an attribute in the function that begins at a line."""
    for function in page.statements:
        if not isinstance(function, ast.FunctionDef) or function.name != "__init__":
            continue
        first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
        if first != line:
            continue
        owner = function.args.args[0].arg if function.args.args else ""
        for node in ast.walk(function):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and any(_is(each, owner, attribute) for each in targets):
                yield node.value if isinstance(node.value, ast.Call) else node


def _is(target: ast.AST | None, owner: str, attribute: str) -> bool:
    match target:
        case ast.Attribute(value=ast.Name(id=name), attr=attr):
            return (name, attr) == (owner, attribute)
        case ast.Tuple(elts=elements):
            return any(_is(each, owner, attribute) for each in elements)
    return False
