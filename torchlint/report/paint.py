"""Colours and links on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from torchlint.finding import Severity

COLOURS = {Severity.ERROR: 31, Severity.WARNING: 33, Severity.ADVICE: 36}
BLUE = 34
GREEN = 32
Links = Mapping[str, "str | None"]
NONE: Links = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Paint:
    """Paints words where colours are on, and leaves them as they are where not; `links` are addresses by code."""

    on: bool
    links: Links = field(default_factory=dict)

    def severity(self, text: str, severity: Severity) -> str:
        """In the colour of a severity."""
        return self._paint(text, f"1;{COLOURS[severity]}")

    def linked(self, text: str, code: str) -> str:
        """A text that leads to the page of a rule, in a terminal that follows links."""
        address = self.links.get(code)
        return f"\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\" if address else text

    def strong(self, text: str) -> str:
        """Bold."""
        return self._paint(text, "1")

    def frame(self, text: str) -> str:
        """The colour of line numbers and arrows."""
        return self._paint(text, f"1;{BLUE}")

    def code(self, text: str) -> str:
        """The colour of code in running text."""
        return self._paint(text, f"{GREEN}")

    def _paint(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.on and text else text
