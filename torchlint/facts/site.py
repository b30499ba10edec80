"""Where something stands in the user's code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Site:
    """A place in a source file.

    `line` is that of the statement; rows and columns count from 1, as editors do. `part` says which call of
    the statement is meant, counted from 0 in the order in which the calls begin (an outer call before the
    calls in its arguments), or -1 for the statement itself: a reader that knows only this much works the exact
    columns out later, for the few sites that are reported. `end_line` 0 means that they are not worked out yet.
    `argument` says which argument of that call is meant, counted as they are written, or -1 for the call itself.
    """

    file: str
    line: int
    column: int = 1
    end_line: int = 0
    end_column: int = 0
    part: int = -1
    argument: int = -1

    @property
    def row(self) -> int:
        """The line as a reader counts it."""
        return self.line

    @property
    def last_row(self) -> int:
        """The last line as a reader counts it."""
        return max(self.line, self.end_line)


@dataclass(frozen=True, slots=True, order=True)
class CellSite(Site):
    """A place in a cell of a notebook: `line` counts through all code cells, of which `above` stand before this one.

    `cell` is its number among all cells, counted from 1.
    """

    cell: int = 0
    above: int = 0

    @property
    def row(self) -> int:
        """The line in its cell."""
        return self.line - self.above

    @property
    def last_row(self) -> int:
        """The last line in its cell."""
        return max(self.line, self.end_line) - self.above
