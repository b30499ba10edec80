"""Several patches at once: which of them go together, and the bytes of a file after them."""

from __future__ import annotations

import codecs
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from torchlint.edit.page import ROW_ENDS, CannotEdit
from torchlint.facts.site import Site
from torchlint.fix import Change, Patch
from torchlint.source.notebook import Cell, Notebook
from torchlint.source.text import NOTEBOOK, UnreadableText, decode, encoding_of


def compatible(patches: Iterable[Patch]) -> list[Patch]:
    """The patches that do not touch one that comes before them; the others are for the next time.

    Whole new rows, such as an import, may be wanted by several: they are added once.
    """
    chosen: list[Patch] = []
    taken: dict[str, set[Change]] = defaultdict(set)
    for patch in patches:
        if patch in chosen or any(_clashes(change, taken[change.span.file]) for change in patch.changes):
            continue
        chosen.append(patch)
        for change in patch.changes:
            taken[change.span.file].add(change)
    return chosen


def changes_of(patches: Iterable[Patch]) -> dict[str, list[Change]]:
    """What changes in each file, each change once, in the order of the places."""
    by_file: dict[str, dict[Change, None]] = defaultdict(dict)
    for patch in patches:
        for change in patch.changes:
            by_file[change.span.file][change] = None
    return {file: sorted(changes, key=_order) for file, changes in by_file.items()}


def spliced(path: str, data: bytes, changes: Sequence[Change]) -> bytes:
    """The bytes of a file after changes that do not overlap, in the order of their places.

    Raises CannotEdit where the text cannot be written back as it was read, or cannot be written in its encoding.
    """
    if path.endswith(NOTEBOOK):
        return _spliced_in_cells(Notebook(data), changes)
    try:
        text, encoding = decode(data), encoding_of(data)
        mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        if mark + text.encode(encoding) != data:
            raise CannotEdit(f"its bytes are not those that {encoding} gives")
        return mark + edited(text, changes).encode(encoding)
    except (UnreadableText, UnicodeError) as error:
        raise CannotEdit(str(error)) from None


def _spliced_in_cells(notebook: Notebook, changes: Sequence[Change]) -> bytes:
    """A notebook with changes in its cells. Raises CannotEdit for one that goes over the end of a cell, or a magic."""
    by_cell: dict[Cell, list[Change]] = defaultdict(list)
    for change in changes:
        span = change.span
        cell = notebook.cell_at(span.line - 1)
        last = span.end_line - 1 if span.end_column > 1 or span.end_line == span.line else span.end_line - 2
        if cell is None or last >= cell.first_row + cell.rows:
            raise CannotEdit("the change goes over the end of a cell")
        rows = range(span.line - 1 - cell.first_row, last - cell.first_row + 1)
        if not cell.left_out.isdisjoint(rows):
            raise CannotEdit("a magic of the notebook stands there")
        by_cell[cell].append(change)
    return notebook.rewritten({cell.number: _edited_cell(cell, group) for cell, group in by_cell.items()})


def _edited_cell(cell: Cell, changes: Iterable[Change]) -> str:
    ended = cell.source.endswith("\n")
    text = edited(cell.source if ended else cell.source + "\n", (moved(each, cell.first_row) for each in changes))
    return text if ended else text.removesuffix("\n")


def moved(change: Change, rows: int) -> Change:
    """A change in a text that begins so many rows later."""
    span = replace(change.span, line=change.span.line - rows, end_line=change.span.end_line - rows)
    return replace(change, span=span)


def edited(text: str, changes: Iterable[Change]) -> str:
    """A text after changes that do not overlap, in the order of their places."""
    starts = [0, *(match.end() for match in ROW_ENDS.finditer(text))]
    pieces: list[str] = []
    behind = 0
    for change in changes:
        span = change.span
        start = starts[span.line - 1] + span.column - 1
        pieces += (text[behind:start], change.text)
        behind = starts[span.end_line - 1] + span.end_column - 1
    return "".join((*pieces, text[behind:]))


def _clashes(change: Change, taken: Iterable[Change]) -> bool:
    return any(_touch(change.span, other.span) and not _wanted_twice(change, other) for other in taken)


def _touch(one: Site, other: Site) -> bool:
    """Whether two spans overlap, or meet."""
    begins_before = (one.line, one.column) <= (other.end_line, other.end_column)
    return begins_before and (other.line, other.column) <= (one.end_line, one.end_column)


def _wanted_twice(change: Change, other: Change) -> bool:
    return change == other and change.text.endswith(("\n", "\r"))


def _order(change: Change) -> tuple[int, int, int, int]:
    span = change.span
    return span.line, span.column, span.end_line, span.end_column
