"""What a patch changes, row by row: the rows that go and those that come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from torchlint.edit.splice import changes_of, edited, moved
from torchlint.fix import Change, Patch

Lines = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Hunk:
    """Rows of a file before and after; `line` is that of the first."""

    file: str
    line: int
    before: tuple[str, ...]
    after: tuple[str, ...]


def hunks(patch: Patch, lines: Lines) -> Iterator[Hunk]:
    """The rows that a patch touches, in the order of the places; `lines` gives those of a file, without their ends."""
    for file, changes in changes_of([patch]).items():
        for group in _by_neighbourhood(changes):
            yield _hunk(file, group, lines(file))


def _by_neighbourhood(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """The changes whose rows meet, together."""
    group: list[Change] = []
    for change in changes:
        if group and change.span.line > group[-1].span.end_line + 1:
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _hunk(file: str, changes: Sequence[Change], lines: Sequence[str]) -> Hunk:
    first, last = changes[0].span.line, changes[-1].span.end_line
    rows = [*lines[first - 1 : last], ""]
    after = edited("\n".join(rows), (moved(each, first - 1) for each in changes)).replace("\r\n", "\n").split("\n")[:-1]
    before = rows[:-1]
    while before and after and before[0] == after[0]:
        first, before, after = first + 1, before[1:], after[1:]
    while before and after and before[-1] == after[-1]:
        before, after = before[:-1], after[:-1]
    return Hunk(file, first, tuple(before), tuple(after))
