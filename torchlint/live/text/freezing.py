"""The statement of the user's that freezes parameters."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from torchlint.facts.site import Site
from torchlint.live.text.pages import Page


def freezing_statement(pages: Iterable[Page]) -> Site | None:
    """The only place in these files that says `requires_grad = False`; None where there are several."""
    found = [page.site(node) for page in pages for node in page.parents if _freezes(node)]
    return found[0] if len(found) == 1 else None


def _freezes(node: ast.AST) -> bool:
    match node:
        case ast.Assign(targets=[ast.Attribute(attr="requires_grad")], value=ast.Constant(value=False)):
            return True
        case ast.Call(func=ast.Attribute(attr="requires_grad_"), args=[ast.Constant(value=False)]):
            return True
    return False
