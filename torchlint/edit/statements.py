"""Edits of whole statements: new ones, and those that move, go, or are indented under a header."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from torchlint.edit.page import CannotEdit, Page
from torchlint.edit.wording import names_in, scope_of, worded
from torchlint.fix import Change, Hoist, Insert, Move, Place, PutUnder, Remove

Changes = tuple[Change, ...]
INDENT = "    "


def inserted(page: Page, edit: Insert) -> Changes:
    """A statement in a row of its own."""
    statement = _beside(page, edit)
    wording = worded(page, edit.statement, statement)
    indentation = page.indentation(statement)
    if edit.place is Place.ON_FUNCTION:
        return (*wording.imports, _new_rows(page, statement.lineno - 1, indentation + wording.text))
    first, last = _rows(page, statement)
    row = last if edit.place is Place.AFTER else first
    return (*wording.imports, _new_rows(page, row, indentation + wording.text))


def moved(page: Page, edit: Move) -> Changes:
    """A statement changes its place among its neighbours, with the comments that belong to it.

    Where one of the two stands deeper, such as the only statement under an `if`, what holds it moves, or is passed.
    """
    statement, target = _neighbours(page, page.statement(edit.moved), page.statement(edit.site))
    block = page.block(statement)
    here, there = (next(n for n, each in enumerate(block) if each is node) for node in (statement, target))
    _check_independent(page, statement, block[there:here] if there < here else block[here + 1 : there + 1])
    first, last = _rows(page, statement)
    first = _with_comments_above(page, first, page.indentation(statement))
    start, end = page.row_start(first), page.row_start(last)
    text = page.text[start:end]
    if not text.endswith(("\n", "\r")):
        text += page.newline
    beside = _rows(page, target)
    row = _with_comments_above(page, beside[0], page.indentation(target)) if edit.place is Place.BEFORE else beside[1]
    return (page.change(start, end, ""), _new_rows(page, row, text.rstrip("\r\n")))


def hoisted(page: Page, edit: Hoist) -> Changes:
    """A statement goes in front of the innermost loop around it, if the loop changes nothing that it reads."""
    statement = page.statement(edit.site)
    loop = page.parent(statement)
    if not isinstance(loop, ast.For | ast.While) or not any(each is statement for each in loop.body):
        raise CannotEdit(f"the statement on line {statement.lineno} does not stand in a loop")
    changing = names_in(loop, ast.Store) - names_in(statement, ast.Store)
    if changing & names_in(statement, ast.Load):
        raise CannotEdit(f"the statement on line {statement.lineno} depends on the loop around it")
    if _rows_in_strings(page, statement):
        raise CannotEdit(f"a string on line {statement.lineno} goes over several lines")
    inner, outer = page.indentation(statement), page.indentation(loop)
    first, last = _rows(page, statement)
    first = _with_comments_above(page, first, inner)
    rows = [outer + page.row_text(row).removeprefix(inner) for row in range(first, last)]
    start, end = page.row_start(first), page.row_start(last)
    empty = len(loop.body) == 1
    left = page.change(start, end, f"{inner}pass{page.newline}" if empty else "")
    return (_new_rows(page, _rows(page, loop)[0], page.newline.join(rows)), left)


def removed(page: Page, edit: Remove) -> Changes:
    """A statement goes; `pass` takes its place where its block would be empty."""
    statement = page.statement(edit.site)
    indentation = page.indentation(statement)
    first, last = _rows(page, statement)
    start, end = page.row_start(first), page.row_start(last)
    alone = len(page.block(statement)) == 1
    return (page.change(start, end, f"{indentation}pass{page.newline}" if alone else ""),)


def put_under(page: Page, edit: PutUnder) -> Changes:
    """A statement is indented under a header."""
    statement = page.statement(edit.site)
    wording = worded(page, edit.header, statement)
    indentation = page.indentation(statement)
    first, last = _rows(page, statement)
    unit = _unit(page, statement, indentation)
    strings = _rows_in_strings(page, statement)
    indented = (
        page.change(page.row_start(row), page.row_start(row), unit)
        for row in range(first + 1, last)
        if page.row_text(row).strip() and row not in strings
    )
    start = page.row_start(first)
    header = page.change(start, start, f"{indentation}{wording.text}{page.newline}{unit}")
    return (*wording.imports, header, *indented)


def _beside(page: Page, edit: Insert) -> ast.stmt:
    """The statement in front of which, behind which or on which the new one goes."""
    statement = page.statement(edit.site)
    match edit.place:
        case Place.FIRST_IN:
            return _first_in(page, statement)
        case Place.IN_FUNCTION:
            return _first_in(page, scope_of(page, statement))
        case Place.ON_FUNCTION:
            return _function_around(page, statement)
        case Place.AROUND:
            loops = (each for each in _holders(page, statement) if isinstance(each, ast.For | ast.While))
            return [statement, *loops][-1]
    return statement


def _function_around(page: Page, statement: ast.stmt) -> ast.stmt:
    function = scope_of(page, statement)
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        raise CannotEdit(f"the statement on line {statement.lineno} stands in no function")
    return function


def _first_in(page: Page, statement: ast.AST) -> ast.stmt:
    """The first statement of a block that can have another in front of it: a docstring keeps its place."""
    body: Sequence[ast.stmt] = getattr(statement, "body", None) or ()
    match body:
        case [ast.Expr(value=ast.Constant(value=str())), second, *_]:
            return second
        case [first, *_]:
            return first
    raise CannotEdit("a statement has no block")


def _rows(page: Page, statement: ast.stmt) -> tuple[int, int]:
    """The first row of a statement, and the one behind its last. Raises CannotEdit where it shares one of them."""
    page.indentation(statement)
    decorators = getattr(statement, "decorator_list", None) or [statement]
    assert statement.end_lineno is not None
    last = statement.end_lineno
    if any(token.string == ";" for _, _, token in page.tokens(page.end(statement), page.row_start(last))):
        raise CannotEdit(f"other statements stand on line {last}")
    return min(each.lineno for each in decorators) - 1, last


def _new_rows(page: Page, row: int, text: str) -> Change:
    """The change that puts text in front of a row, on rows of its own."""
    offset = page.row_start(row)
    if offset and page.text[offset - 1] not in "\r\n":  # Behind a last row that has no end.
        return page.change(offset, offset, page.newline + text)
    return page.change(offset, offset, text + page.newline)


def _with_comments_above(page: Page, row: int, indentation: str) -> int:
    """The first of the rows of comments that stand right above a statement, as far in as it."""
    while row and page.row_text(row - 1).startswith(f"{indentation}#"):
        row -= 1
    return row


def _neighbours(page: Page, moved: ast.stmt, target: ast.stmt) -> tuple[ast.stmt, ast.stmt]:
    """Two statements of one block that are, or hold, two given ones.

    Raises CannotEdit where what holds the moved one holds more, or the two belong to different functions.
    """
    above = _holders(page, target)
    while True:
        block = page.block(moved)
        for holder in above:
            if any(each is holder for each in block):
                if holder is moved:
                    raise CannotEdit(f"the statement on line {moved.lineno} holds the place where it should go")
                return moved, holder
        parent = page.parent(moved)
        if not isinstance(parent, ast.If | ast.With) or len(parent.body) > 1 or getattr(parent, "orelse", None):
            raise CannotEdit(f"the statement on line {moved.lineno} stands in a block of its own")
        moved = parent


def _holders(page: Page, statement: ast.stmt) -> list[ast.stmt]:
    """A statement and those around it within its function, the innermost first."""
    found = [statement]
    node = page.parent(statement)
    while isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        found.append(node)
        node = page.parent(node)
    return found


def _check_independent(page: Page, statement: ast.stmt, passed: Sequence[ast.stmt]) -> None:
    """Whether a statement may go past others: neither binds what the other reads or binds."""
    reads, binds = names_in(statement, ast.Load), names_in(statement, ast.Store)
    for other in passed:
        clash = (names_in(other, ast.Store) & (reads | binds)) | (names_in(other, ast.Load) & binds)
        if clash:
            raise CannotEdit(f"`{min(clash)}` on line {other.lineno} keeps the statement in its place")
        if any(isinstance(each, ast.Return | ast.Break | ast.Continue | ast.Raise) for each in ast.walk(other)):
            raise CannotEdit(f"the statement on line {other.lineno} may leave the block")


def _unit(page: Page, statement: ast.stmt, indentation: str) -> str:
    """By how much the file indents a block."""
    for each in (statement, page.parent(statement), scope_of(page, statement)):
        body = getattr(each, "body", None)
        if isinstance(each, ast.stmt) and isinstance(body, list) and body and body[0].lineno > each.lineno:
            inner, outer = page.indentation(body[0]), page.indentation(each)
            if inner.startswith(outer) and inner != outer:
                return inner.removeprefix(outer)
    return "\t" if indentation.startswith("\t") else INDENT


def _rows_in_strings(page: Page, statement: ast.stmt) -> set[int]:
    """The rows that begin within a string: to indent them would change it."""
    rows: set[int] = set()
    for start, end, token in page.tokens(page.start(statement), page.end(statement)):
        if "\n" in token.string and token.string.strip():
            rows.update(range(page.row(start) + 1, page.row(end) + 1))
    return rows
