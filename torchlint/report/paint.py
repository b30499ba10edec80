"""Colours on a terminal."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.finding import Severity

COLOURS = {Severity.ERROR: 31, Severity.WARNING: 33, Severity.ADVICE: 36}
BLUE = 34


@dataclass(frozen=True, slots=True)
class Paint:
    """Paints words where colours are on, and leaves them as they are where not."""

    on: bool

    def severity(self, text: str, severity: Severity) -> str:
        """In the colour of a severity."""
        return self._paint(text, f"1;{COLOURS[severity]}")

    def strong(self, text: str) -> str:
        """Bold."""
        return self._paint(text, "1")

    def frame(self, text: str) -> str:
        """The colour of line numbers and arrows."""
        return self._paint(text, f"1;{BLUE}")

    def _paint(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.on and text else text
