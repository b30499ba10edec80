"""Edits that leave what a call is given in place of the call."""

from __future__ import annotations

import ast

from torchlint.edit.items import last_removed
from torchlint.edit.page import CannotEdit, Page
from torchlint.edit.statements import removed
from torchlint.edit.wording import needs_brackets, part_of, worded
from torchlint.fix import Change, Imported, Part, Remove, Unwrap

Changes = tuple[Change, ...]


def unwrapped(page: Page, edit: Unwrap) -> Changes:
    """The tensor that goes into a call takes its place; a layer that is only built gives way to `nn.Identity()`."""
    if not any(page.nodes_at(edit.call, ast.Call)):
        raise CannotEdit(f"which call on line {edit.call.line} is meant is not known")
    call = page.call(edit.call)
    inner = tensor_of(call) if edit.part is Part.WHOLE else part_of(page, edit.call, edit.part)
    if inner is not None:
        if not edit.after and _would_do_nothing(page, call):
            return removed(page, Remove(edit.call))
        return bared(page, call, inner, edit.after)
    match page.parent(call):
        case ast.Call(func=ast.Attribute(attr="Sequential") | ast.Name(id="Sequential"), args=[*_, before, last]) if (
            last is call
        ):
            return (last_removed(page, before, call),)
    wording = worded(page, (Imported("torch.nn.Identity"), "()"), page.statement(edit.call))
    return (*wording.imports, page.change(page.start(call), page.end(call), wording.text))


def bared(page: Page, outer: ast.expr, inner: ast.expr, after: str = "") -> Changes:
    """What stands around an inner expression goes, but for brackets where it needs them; `after` comes behind it."""
    is_operand = isinstance(page.parent(outer), ast.Attribute | ast.BinOp | ast.Compare | ast.Subscript | ast.UnaryOp)
    needed = ((is_operand or after) and needs_brackets(inner)) or not _is_whole(page.source(inner))
    opened, closed = ("(", ")") if needed else ("", "")
    return (
        page.change(page.start(outer), page.start(inner), opened),
        page.change(page.end(inner), page.end(outer), closed + after),
    )


def tensor_of(call: ast.Call) -> ast.expr | None:
    """What goes into a call as a tensor; None for the building of a layer.

    `softmax(x, 1)`, `nn.Softmax(dim=1)(x)` and `self.softmax(x)` take it as their argument, `x.softmax(1)` is called
    on it: its argument, if there is one, is a number or has a name.
    """
    match call:
        case ast.Call(func=func, args=[ast.expr() as first, *_]) if not _is_number(first):
            return None if _builds_a_layer(func) or isinstance(first, ast.Starred) else first
        case ast.Call(func=func, keywords=keywords) if any(each.arg == "input" for each in keywords):
            return next(each.value for each in keywords if each.arg == "input")
        case ast.Call(func=ast.Attribute(value=receiver) as func) if not _builds_a_layer(func):
            return receiver
    return None


def _is_whole(text: str) -> bool:
    """Whether an expression means the same without the brackets that it stood in: its rows hold together."""
    try:
        return len(ast.parse(f"_ = {text}").body) == 1
    except SyntaxError:
        return False


def _is_number(node: ast.expr) -> bool:
    match node:
        case ast.Constant() | ast.UnaryOp(operand=ast.Constant()):
            return True
    return False


def _builds_a_layer(function: ast.expr) -> bool:
    """Whether a name is that of a class, by its capital letter."""
    match function:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name[:1].isupper()
    return False


def _would_do_nothing(page: Page, call: ast.Call) -> bool:
    """Whether a call is what its statement does to a variable, alone or like others that do so: `x, y = f(x), f(y)`."""
    match page.statement_of(call):
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
            pairs = list(zip(targets, values, strict=False)) if len(targets) == len(values) else []
        case ast.Assign(targets=[target], value=value):
            pairs = [(target, value)]
        case _:
            return False
    return bool(pairs) and all(_is_put_back(*pair, call) for pair in pairs)


def _is_put_back(target: ast.expr, value: ast.expr, like: ast.Call) -> bool:
    """Whether a variable is given what a call like another one makes of it."""
    match target, value:
        case ast.Name(id=name), ast.Call(func=function, args=[ast.Name(id=given), *_], keywords=keywords):
            same = name == given and ast.dump(function) == ast.dump(like.func)
            return same and all(each.arg != "requires_grad" for each in keywords)
    return False
