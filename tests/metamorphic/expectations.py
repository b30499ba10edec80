"""The differences that are known: `known_differences.txt` lists them below the reason for which they are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from .comparison import Difference

KNOWN_DIFFERENCES = Path(__file__).with_name("known_differences.txt")


@dataclass(frozen=True, slots=True)
class Known:
    """Findings of one code that a rewriting makes or takes in the scripts of this name, and why."""

    rewriting: str
    path: str
    gained: bool
    code: str
    reason: str

    def covers(self, difference: Difference) -> bool:
        """Whether it is this difference."""
        return (
            self.rewriting == difference.rewriting
            and self.gained is difference.gained
            and self.code == difference.code
            and fnmatchcase(difference.path, self.path)
        )


def known_differences(text: str | None = None) -> list[Known]:
    """All that are listed, as `title | path | +TL123`, below lines that begin with `#`."""
    return list(_read(KNOWN_DIFFERENCES.read_text("utf-8") if text is None else text))


def _read(text: str) -> Iterator[Known]:
    reason = ""
    before = ""
    for row in text.splitlines():
        if row.startswith("#"):
            reason = f"{reason} {row[1:].strip()}".strip() if before.startswith("#") else row[1:].strip()
        elif row.strip():
            assert reason, f"say why before the first difference: {row}"
            title, path, change = (part.strip() for part in row.split("|"))
            yield Known(title, path, change[0] == "+", change[1:], reason)
        before = row


def unexpected(differences: Iterable[Difference], known: Iterable[Known]) -> list[Difference]:
    """The differences that are not listed."""
    listed = list(known)
    return sorted(each for each in differences if not any(one.covers(each) for one in listed))


def outdated(differences: Iterable[Difference], known: Iterable[Known]) -> list[Known]:
    """What is listed and differs no longer."""
    found = list(differences)
    return [one for one in known if not any(one.covers(each) for each in found)]
