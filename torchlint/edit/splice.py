"""Several patches at once: which of them go together, and the bytes of a file after them."""

from __future__ import annotations

import codecs
from collections import defaultdict
from collections.abc import Iterable

from torchlint.edit.page import ROW_ENDS, CannotEdit
from torchlint.facts.site import Site
from torchlint.fix import Change, Patch
from torchlint.source.text import UnreadableText, decode, encoding_of


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


def spliced(data: bytes, changes: Iterable[Change]) -> bytes:
    """The bytes of a file after changes that do not overlap, in the order of their places.

    Raises CannotEdit where the text cannot be written back as it was read, or cannot be written in its encoding.
    """
    try:
        text, encoding = decode(data), encoding_of(data)
        mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        if mark + text.encode(encoding) != data:
            raise CannotEdit(f"its bytes are not those that {encoding} gives")
        return mark + edited(text, changes).encode(encoding)
    except (UnreadableText, UnicodeError) as error:
        raise CannotEdit(str(error)) from None


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
