"""What was not checked, and why: a file that cannot be read or followed to its end, a rule that fails."""

from __future__ import annotations

from dataclasses import dataclass

UNPARSED = "TL901"
UNREADABLE = "TL902"
UNUSED_SUPPRESSION = "TL903"
GAVE_UP = "TL904"
INVALID_SUPPRESSION = "TL905"


def described(error: BaseException | None) -> str:
    """An error as one short line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


@dataclass(slots=True)
class Problem:
    """Something that was not checked: `code` is that of the rule about it, `message` is one line for its reader."""

    path: str
    code: str
    message: str
    line: int = 1
    column: int = 1
    end_column: int = 0
