"""What a finding is wherever its line has gone: its rule, what it stands in, and the code that is meant."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from torchlint.facts.site import Site
from torchlint.finding import Finding
from torchlint.report.enclosing import scope
from torchlint.report.place import lines_of

LONGEST = 160
Texts = Callable[[str], "str | None"]


@dataclass(frozen=True, slots=True, order=True)
class Fingerprint:
    """A finding without its place: the same after lines were moved, or a formatter has been there.

    `within` is the dotted name of the function or class around it; `text` is the code, without blanks.
    """

    code: str
    within: str
    text: str


class Fingerprints:
    """The fingerprints of findings in texts of which each is split once."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._lines: dict[str, list[str]] = {}

    def lines(self, file: str) -> list[str]:
        """The lines of a file, none of one that cannot be read."""
        if file not in self._lines:
            self._lines[file] = lines_of(self._texts(file))
        return self._lines[file]

    def of(self, finding: Finding) -> Fingerprint:
        """The fingerprint of one finding."""
        lines = self.lines(finding.site.file)
        within = scope(lines, finding.site.line)
        return Fingerprint(finding.code, within, _unformatted(code_at(finding.site, lines))[:LONGEST])


def code_at(site: Site, lines: list[str]) -> str:
    """The source text of a place; that of its whole line where its end is not known."""
    last = max(site.line, site.end_line)
    text = lines[site.line - 1 : last]
    if not text or not site.end_line:
        return "\n".join(text)
    text[-1] = text[-1][: max(site.end_column - 1, 0)]
    return "\n".join([text[0][site.column - 1 :], *text[1:]])


def _unformatted(code: str) -> str:
    """Code without what a formatter changes: blanks, line ends, the kind of quotes, commas before a bracket."""
    return re.sub(r",(?=[)\]}])", "", re.sub(r"\\\n|\s+", "", code).replace("'", '"'))
