"""Edits of what a call calls: the same thing of another name, and two calls that become one."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from torchlint.edit.page import CannotEdit, Page
from torchlint.edit.unwrapping import bared, tensor_of
from torchlint.edit.wording import part_of, scope_of, worded
from torchlint.fix import CallNamesake, Change, Imported, JoinCalls, Part, ReplaceMethod

Changes = tuple[Change, ...]


def called_namesake(page: Page, edit: CallNamesake) -> Changes:
    """The last word of what is called is another one; what has no other word in front is imported."""
    return _named(page, page.call(edit.call), dict(edit.names))


def method_replaced(page: Page, edit: ReplaceMethod) -> Changes:
    """Other text stands behind what a method is called on."""
    call, receiver = page.call(edit.call), part_of(page, edit.call, Part.RECEIVER)
    wording = worded(page, edit.text, page.statement_of(call))
    return (*wording.imports, page.change(page.end(receiver), page.end(call), wording.text))


def joined(page: Page, edit: JoinCalls) -> Changes:
    """The outer call goes, and the inner one has another name."""
    outer, inner = page.call(edit.outer), page.call(edit.inner)
    given = tensor_of(outer)
    if given is None or not (given is inner or _holds_alone(page, given, inner)):
        raise CannotEdit(f"what the call on line {inner.lineno} gives is used elsewhere")
    return (*bared(page, outer, given), *_named(page, inner, dict(edit.names)))


def _named(page: Page, call: ast.Call, names: Mapping[str, str]) -> Changes:
    match call.func:
        case ast.Attribute(attr=name) as function if name in names:
            end = page.end(function)
            return (page.change(end - len(name), end, names[name].rpartition(".")[2]),)
        case ast.Name(id=name) as function if name in names:
            wording = worded(page, (Imported(names[name]),), page.statement_of(call))
            return (*wording.imports, page.change(page.start(function), page.end(function), wording.text))
    raise CannotEdit(f"the call on line {call.lineno} goes to something else")


def _holds_alone(page: Page, given: ast.expr, call: ast.Call) -> bool:
    """Whether an expression is the one use of a name that only ever holds what a call gives."""
    match given, page.parent(call):
        case ast.Name(id=name), ast.Assign(targets=[ast.Name(id=bound)], value=value) if bound == name:
            scope = scope_of(page, given)
            uses = [each for each in ast.walk(scope) if isinstance(each, ast.Name) and each.id == name]
            return value is call and scope is scope_of(page, call) and len(uses) == 2
    return False
