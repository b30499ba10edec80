"""A fix as changes to the text: every edit of it is carried out, or the finding has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from torchlint.edit import calls, expressions, items, names, statements, unwrapping
from torchlint.edit.page import CannotEdit, Page
from torchlint.facts.site import Site
from torchlint.fix import (
    AddItem,
    BuildEach,
    CallAttribute,
    CallInstead,
    CallNamesake,
    CallWithin,
    Change,
    DropArgument,
    DropAttribute,
    DropComma,
    Edit,
    Enclose,
    Fix,
    Hoist,
    Insert,
    JoinCalls,
    Move,
    MoveItem,
    PassValue,
    Patch,
    PutUnder,
    Remove,
    Rename,
    Renumber,
    Replace,
    ReplaceMethod,
    SetArgument,
    SwapArguments,
    Unwrap,
)

CARRY_OUT: Mapping[type[Edit], Callable[[Page, Any], tuple[Change, ...]]] = {
    Replace: expressions.replaced,
    Enclose: expressions.enclosed,
    SetArgument: expressions.argument_set,
    DropArgument: expressions.argument_dropped,
    SwapArguments: expressions.arguments_swapped,
    CallInstead: expressions.called_instead,
    CallNamesake: calls.called_namesake,
    ReplaceMethod: calls.method_replaced,
    JoinCalls: calls.joined,
    CallWithin: expressions.called_within,
    PassValue: expressions.value_passed,
    BuildEach: expressions.built_each,
    Unwrap: unwrapping.unwrapped,
    Rename: expressions.renamed,
    Renumber: names.renumbered,
    CallAttribute: names.attribute_called,
    DropAttribute: names.attribute_dropped,
    AddItem: items.added,
    MoveItem: items.moved,
    DropComma: expressions.comma_dropped,
    Insert: statements.inserted,
    Move: statements.moved,
    Hoist: statements.hoisted,
    Remove: statements.removed,
    PutUnder: statements.put_under,
}


class Pages:
    """The files that fixes edit, each parsed once; `texts` gives their text, None where it cannot be read."""

    def __init__(self, texts: Callable[[str], str | None]) -> None:
        self._texts = texts
        self._pages: dict[str, Page | CannotEdit] = {}

    def page(self, file: str) -> Page:
        """A file. Raises CannotEdit where it cannot be read or parsed."""
        if file not in self._pages:
            self._pages[file] = self._read(file)
        found = self._pages[file]
        if isinstance(found, CannotEdit):
            raise found
        return found

    def _read(self, file: str) -> Page | CannotEdit:
        text = self._texts(file)
        if text is None:
            return CannotEdit("it cannot be read")
        try:
            return Page(file, text)
        except CannotEdit as reason:
            return reason


def resolve(fix: Fix, pages: Pages, places: Mapping[Site, Site]) -> Patch | None:
    """What a fix changes, None where it cannot be carried out; `places` are the exact extents of its sites."""
    otherwise = None if fix.otherwise is None else resolve(fix.otherwise, pages, places)
    try:
        changes = [change for edit in fix.edits for change in _carried_out(_placed(edit, places), pages)]
    except CannotEdit:
        return otherwise
    in_order = sorted(dict.fromkeys(changes), key=lambda change: change.span)
    if any(_begin_within(after, before) for before, after in pairwise(in_order)):
        return otherwise
    return Patch(fix.title, fix.unsafe, tuple(in_order), otherwise)


def _begin_within(change: Change, before: Change) -> bool:
    """Whether a change begins before another one has ended."""
    return (change.span.line, change.span.column) < (before.span.end_line, before.span.end_column)


def _carried_out(edit: Edit, pages: Pages) -> tuple[Change, ...]:
    file, *others = {site.file for site in Fix("", (edit,)).sites()}
    if others:
        raise CannotEdit("it would move text from one file to another")
    return CARRY_OUT[type(edit)](pages.page(file), edit)


def _placed(value: Any, places: Mapping[Site, Site]) -> Any:
    """An edit with the exact extents of its sites."""
    if isinstance(value, Site):
        return places.get(value, value)
    if isinstance(value, tuple):
        return tuple(_placed(each, places) for each in value)
    if hasattr(value, "__dataclass_fields__"):
        return replace(value, **{name: _placed(getattr(value, name), places) for name in value.__dataclass_fields__})
    return value
