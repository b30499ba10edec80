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
