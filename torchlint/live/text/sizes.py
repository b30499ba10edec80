"""Which sizes in a call the text takes from a tensor."""

from __future__ import annotations

import ast

from torchlint.live.text.pages import Page
from torchlint.live.text.spots import Spot


def is_size_of_tensor(spot: Spot, place: int) -> bool:
    """Whether the size at a place, among those that a call is given, was read from the shape of a tensor."""
    call = spot.node
    if not isinstance(call, ast.Call):
        return False
    match call.args:
        case [ast.Tuple(elts=sizes) | ast.List(elts=sizes)]:
            pass
        case sizes:
            pass
    if place >= len(sizes) or any(isinstance(each, ast.Starred) for each in sizes):
        return False
    return _is_size(spot.page, sizes[place])


def _is_size(page: Page, expression: ast.expr) -> bool:
    """Whether an expression is one of the sizes of a tensor, itself or by its name."""
    if not isinstance(expression, ast.Name):
        return _reads_size(expression)
    function, name = page.function_around(expression), expression.id
    here = [each for each in page.statements if page.function_around(each) is function]
    given = [_given_to(name, each) for each in here if isinstance(each, ast.Assign)]
    known = [answer for answer in given if answer is not None]
    return bool(known) and all(known)


def _given_to(name: str, statement: ast.Assign) -> bool | None:
    """Whether a statement gives a name a size; None where it does not give it anything."""
    for target in statement.targets:
        match target:
            case ast.Name(id=each) if each == name:
                return _reads_size(statement.value)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for number, part in enumerate(parts):
                    if isinstance(part, ast.Name) and part.id == name:
                        return _reads_part(statement.value, number)
    return None


def _reads_size(expression: ast.expr) -> bool:
    match expression:
        case ast.Subscript(value=ast.Attribute(attr="shape")):
            return not isinstance(expression.slice, ast.Slice)
        case ast.Subscript(value=ast.Call(func=ast.Attribute(attr="size"), args=[])):
            return not isinstance(expression.slice, ast.Slice)
        case ast.Call(func=ast.Attribute(attr="size"), args=[_]):
            return True
    return False


def _reads_part(value: ast.expr, number: int) -> bool:
    match value:
        case ast.Tuple(elts=parts) if number < len(parts):
            return _reads_size(parts[number])
        case ast.Attribute(attr="shape") | ast.Call(func=ast.Attribute(attr="size"), args=[]):
            return True
        case ast.Subscript(value=inner, slice=ast.Slice()):
            return _reads_part(inner, number)
    return False
