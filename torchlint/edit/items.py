"""Edits of items: of lists, and of the arguments of a call that takes any number of them."""

from __future__ import annotations

import ast

from torchlint.edit.page import CannotEdit, Page
from torchlint.edit.wording import worded
from torchlint.fix import AddItem, Change, MoveItem

Changes = tuple[Change, ...]


def added(page: Page, edit: AddItem) -> Changes:
    """A new item behind another one, in a row of its own where that has one."""
    item = page.expression(edit.behind)
    _items(page, item)
    wording = worded(page, edit.item, page.statement(edit.behind))
    return (*wording.imports, _behind(page, item, wording.text))


def moved(page: Page, edit: MoveItem) -> Changes:
    """An item goes behind another one; where others stand between the two, they stay in order."""
    item, target = page.expression(edit.moved), page.expression(edit.behind)
    items = _items(page, item)
    here, there = (next((n for n, each in enumerate(items) if each is node), -1) for node in (item, target))
    if not 0 <= here < there:
        raise CannotEdit(f"the item on line {item.lineno} does not stand in front of the other in one list")
    if _begins_row(page, item) and not _has_own_rows(page, item):
        raise CannotEdit(f"other items stand on line {item.lineno}")
    if not _has_own_rows(page, item):
        start, end = page.start(item), page.start(items[here + 1])
        return (page.change(start, end, ""), _behind(page, target, page.source(item)))
    start, end = _rows(page, item)
    removed = page.change(start, end, "")
    if _has_own_rows(page, target) and _comma_behind(page, target):
        behind = _rows(page, target)[1]
        return (removed, page.change(behind, behind, page.text[start:end]))
    return (removed, _behind(page, target, page.source(item)))


def last_removed(page: Page, before: ast.expr, item: ast.expr) -> Change:
    """The change that takes the last of several items away, with the rows that it has for itself."""
    if _has_own_rows(page, item):
        return page.change(*_rows(page, item), "")
    between = page.tokens(page.end(before), page.start(item))
    comma = next((start for start, _, token in between if token.string == ","), None)
    if comma is None or any(token.string.startswith("#") for _, _, token in between):
        raise CannotEdit(f"a comment stands in front of the item on line {item.lineno}")
    return page.change(comma, page.end(item), "")


def _items(page: Page, item: ast.expr) -> list[ast.expr]:
    """The items among which one stands."""
    match page.parent(item):
        case ast.List(elts=found) | ast.Tuple(elts=found) | ast.Call(args=found) if any(e is item for e in found):
            if not any(isinstance(each, ast.Starred) for each in found):
                return found
    raise CannotEdit(f"no item of a list stands on line {item.lineno}")


def _behind(page: Page, item: ast.expr, text: str) -> Change:
    """The change that puts an item behind another one."""
    end = page.end(item)
    if not _begins_row(page, item):
        return page.change(end, end, f", {text}")
    row = page.row(page.start(item))
    indentation = page.text[page.row_start(row) : page.start(item)]
    comma = _comma_behind(page, item)
    if comma:
        return page.change(comma, comma, f"{page.newline}{indentation}{text},")
    return page.change(end, end, f",{page.newline}{indentation}{text}")


def _comma_behind(page: Page, item: ast.expr) -> int:
    """Where the comma ends that follows an item in its row, 0 where there is none."""
    end = page.end(item)
    after = page.text[end : page.row_start(page.row(end) + 1)]
    return end + after.index(",") + 1 if after.lstrip().startswith(",") else 0


def _rows(page: Page, item: ast.expr) -> tuple[int, int]:
    """Where the rows of an item begin and end."""
    return page.row_start(page.row(page.start(item))), page.row_start(page.row(page.end(item)) + 1)


def _begins_row(page: Page, item: ast.expr) -> bool:
    start = page.start(item)
    return not page.text[page.row_start(page.row(start)) : start].strip()


def _has_own_rows(page: Page, item: ast.expr) -> bool:
    """Whether nothing but its comma and a comment stands beside an item."""
    end = page.end(item)
    after = page.text[end : page.row_start(page.row(end) + 1)].strip().removeprefix(",").strip()
    return _begins_row(page, item) and (not after or after.startswith("#"))
