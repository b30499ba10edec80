"""Edits of a name or a number that stands once in a statement."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from torchlint.edit.page import CannotEdit, Page
from torchlint.edit.wording import part_of
from torchlint.fix import CallAttribute, Change, DropAttribute, Renumber

Changes = tuple[Change, ...]


def renumbered(page: Page, edit: Renumber) -> Changes:
    """A number is written otherwise."""
    statement = page.statement(edit.site)
    found = [
        each
        for each in _expressions(statement)
        if isinstance(each, ast.Constant) and type(each.value) in (int, float) and each.value == edit.number
    ]
    if len(found) != 1:
        raise CannotEdit(f"{edit.number} does not stand once on line {statement.lineno}")
    return (page.change(page.start(found[0]), page.end(found[0]), edit.new),)


def attribute_called(page: Page, edit: CallAttribute) -> Changes:
    """An attribute that is read becomes the call of a method, or goes."""
    statement = page.statement(edit.site)
    found = [each for each in _expressions(statement) if isinstance(each, ast.Attribute) and each.attr == edit.name]
    if len(found) != 1 or not isinstance(found[0].ctx, ast.Load):
        raise CannotEdit(f"`{edit.name}` is not read once on line {statement.lineno}")
    owner, end = page.end(found[0].value), page.end(found[0])
    if edit.method is None:
        return (page.change(owner, end, ""),)
    return (page.change(end - len(edit.name), end, f"{edit.method}()"),)


def attribute_dropped(page: Page, edit: DropAttribute) -> Changes:
    """The attribute that ends an expression goes."""
    match part_of(page, edit.site, edit.part):
        case ast.Attribute(attr=edit.name, value=value) as whole:
            return (page.change(page.end(value), page.end(whole), ""),)
    raise CannotEdit(f"no `{edit.name}` ends the expression on line {edit.site.line}")


def _expressions(statement: ast.stmt) -> Iterator[ast.AST]:
    """What stands in a statement, without the blocks under it."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        inner = [each for each in ast.iter_child_nodes(waiting.pop()) if not isinstance(each, ast.stmt)]
        yield from inner
        waiting += inner
