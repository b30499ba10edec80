"""New text for a file: words of the fix, names of packages, and what the user wrote elsewhere."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from torchlint.edit.imports import is_module_of_torch, spelled
from torchlint.edit.page import CannotEdit, Page
from torchlint.facts.site import Site
from torchlint.fix import Change, Excerpt, Imported, Known, Part, Text

ATOMS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.List, ast.Dict, ast.Set)
"""Expressions that a `.method()` can follow without brackets."""
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


@dataclass(frozen=True, slots=True)
class Wording:
    """Text that is ready to be written, with the imports that it needs."""

    text: str
    imports: tuple[Change, ...] = ()


def worded(page: Page, text: Text, at: ast.stmt) -> Wording:
    """A text, to be written beside a statement or in it.

    Raises CannotEdit where what the user wrote elsewhere may mean something else there.
    """
    words: list[str] = []
    imports: list[Change] = []
    for piece in text:
        match piece:
            case str():
                words.append(piece)
            case Imported(name):
                word, added = spelled(page, name)
                words.append(word)
                imports += added
            case Excerpt(site, part):
                words.append(_quoted(page, site, part, at))
            case Known(site, otherwise):
                try:
                    words.append(_quoted(page, site, Part.WHOLE, at))
                except CannotEdit:
                    words.append(otherwise)
    return Wording("".join(words), tuple(imports))


def _quoted(page: Page, site: Site, part: Part, at: ast.stmt) -> str:
    node = part_of(page, site, part)
    if not _is_constant(page, node):
        _check_meaning(page, node, at)
    return page.source(node)


def part_of(page: Page, site: Site, part: Part) -> ast.expr:
    """The node of a part of what stands at a site."""
    if part is Part.WHOLE:
        return page.expression(site)
    if part in (Part.VALUE, Part.TARGET):
        return _part_of_statement(page.statement(site), part)
    if part is Part.PERIOD:
        return _period(page, page.statement(site))
    if part is Part.OWNER:
        return _owner(page, page.statement(site))
    call = page.call(site)
    if part is Part.COUNTED:
        return _counted(page, call)
    match part, call:
        case Part.LOSS, ast.Call(args=[], func=ast.Attribute(value=loss)) | ast.Call(args=[loss, *_]):
            return loss
        case Part.FUNCTION, _:
            return call.func
        case Part.RECEIVER, ast.Call(func=ast.Attribute(value=receiver)) if not is_module_of_torch(page, receiver):
            return receiver
        case Part.FIRST_ARGUMENT, ast.Call(args=[first, *_]) if not isinstance(first, ast.Starred):
            return first
        case Part.SECOND_ARGUMENT, ast.Call(args=[_, second, *_]) if not isinstance(second, ast.Starred):
            return second
    raise CannotEdit(f"the call on line {call.lineno} has no {part.value}")


def _part_of_statement(statement: ast.stmt, part: Part) -> ast.expr:
    match part, statement:
        case Part.VALUE, ast.Assign(value=ast.expr() as found) | ast.AugAssign(value=ast.expr() as found):
            return found
        case Part.VALUE, ast.AnnAssign(value=ast.expr() as found) | ast.Return(value=ast.expr() as found):
            return found
        case Part.VALUE, ast.Expr(value=ast.Call(args=[found], keywords=[])):
            return found
        case Part.TARGET, ast.Assign(targets=[found]) | ast.AugAssign(target=found) | ast.AnnAssign(target=found):
            return found
        case Part.TARGET, ast.For(target=found):
            return found
    raise CannotEdit(f"the statement on line {statement.lineno} has no {part.value}")


def _owner(page: Page, statement: ast.stmt) -> ast.expr:
    """The module whose parameters a statement changes."""
    match statement, page.parent(statement):
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner))), _:
            return owner
        case _, ast.For(iter=ast.Call(func=ast.Attribute(value=owner, attr="parameters"))):
            return owner
    raise CannotEdit(f"line {statement.lineno} does not say whose parameters it changes")


def _counted(page: Page, call: ast.Call) -> ast.expr:
    """What a loop goes through by index, whose variable is called."""
    variable = page.source(call.func)
    node: ast.AST = call
    while node is not page.tree:
        node = page.parent(node)
        match node:
            case ast.For(target=ast.Name(id=name), iter=ast.Call(args=[ast.Call(args=[counted])])) if name == variable:
                return counted
    raise CannotEdit(f"`{variable}` counts nothing that is written out")


def _period(page: Page, statement: ast.stmt) -> ast.expr:
    """What a count is divided by in the nearest condition above a statement that looks at the remainder."""
    node: ast.AST = statement
    while not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
        node = page.parent(node)
        found = [] if not isinstance(node, ast.If) else [each.right for each in _remainders(node.test)]
        if len(found) == 1:
            return found[0]
    raise CannotEdit(f"the statement on line {statement.lineno} stands under no condition on a remainder")


def _remainders(condition: ast.expr) -> list[ast.BinOp]:
    return [each for each in ast.walk(condition) if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Mod)]


def needs_brackets(node: ast.expr) -> bool:
    """Whether an expression must stand in brackets for a `.method()` to follow it."""
    return not isinstance(node, ATOMS)


def scope_of(page: Page, node: ast.AST) -> ast.AST:
    """The function or class whose names a node uses; the module at its top."""
    node = page.parent(node)
    while node is not page.tree and not isinstance(node, SCOPES):
        node = page.parent(node)
    return node


def names_in(node: ast.AST, kind: type[ast.expr_context]) -> set[str]:
    """The names that a node reads or binds, as the context says; attributes count as what they are attributes of."""
    found = set()
    for each in ast.walk(node):
        match each:
            case ast.Name(id=name, ctx=context) if isinstance(context, kind):
                found.add(name)
            case ast.Attribute(ctx=context) | ast.Subscript(ctx=context) if isinstance(context, kind):
                found.add(ast.unparse(each))
    return found


def _check_meaning(page: Page, node: ast.expr, at: ast.stmt) -> None:
    """Whether an expression means the same beside a statement as where it stands."""
    if scope_of(page, node) is not scope_of(page, at):
        raise CannotEdit(f"`{page.source(node)}` belongs to another function")
    if not isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        raise CannotEdit(f"`{page.source(node)}` may do something each time that it is written")
    used = {ast.unparse(each) for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute | ast.Subscript)}
    first, last = sorted((page.start(node), page.start(at)))
    for each in ast.walk(scope_of(page, at)):
        if not isinstance(each, ast.Name | ast.Attribute | ast.Subscript) or isinstance(each.ctx, ast.Load):
            continue
        if each is node:
            continue
        if first <= page.start(each) < last and ast.unparse(each) in used:
            raise CannotEdit(f"`{ast.unparse(each)}` is bound anew on line {each.lineno}")


def _is_constant(page: Page, node: ast.expr) -> bool:
    """Whether a name means the same all over the file: only a statement at its top binds it, and that once."""
    if not isinstance(node, ast.Name):
        return False
    bound = [each for each in ast.walk(page.tree) if isinstance(each, ast.Name) and each.id == node.id]
    stores = [each for each in bound if not isinstance(each.ctx, ast.Load)]
    arguments = (each.arg for each in ast.walk(page.tree) if isinstance(each, ast.arg))
    at_the_top = [each for each in stores if page.statement_of(each) in page.tree.body]
    return len(stores) == len(at_the_top) == 1 and node.id not in arguments
