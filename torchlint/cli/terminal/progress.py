"""A bar that says how far the work is, on a terminal, where it takes longer than a moment."""

from __future__ import annotations

import os
import sys
import time
from typing import IO

from torchlint.cli.terminal.capabilities import width
from torchlint.source.progress import Progress, nothing

PATIENCE = 1.0
"""Seconds before the bar is shown."""
PAUSE = 0.1
CELLS = 30
ERASED = "\r\x1b[2K"


def progress_bar(*, quiet: bool = False) -> Progress:
    """What is to be called with how much of the work is done, from 0 to 1."""
    stream = sys.stderr
    if quiet or stream is None or not stream.isatty() or os.environ.get("TERM") == "dumb":
        return nothing
    return Bar(stream)


class Bar:
    """Draws itself in the last line; when all is done, nothing is left of it."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._begun = time.monotonic()
        self._drawn: float | None = None

    def __call__(self, done: float) -> None:
        """Say how much of the work is done."""
        now = time.monotonic()
        if done >= 1.0:
            self._erase()
        elif now - self._begun >= PATIENCE and (self._drawn is None or now - self._drawn >= PAUSE):
            self._drawn = now
            self._write(f"{ERASED}{_line(done, width())}")

    def _erase(self) -> None:
        if self._drawn is not None:
            self._drawn = None
            self._write(ERASED)

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            return


def _line(done: float, columns: int) -> str:
    full = round(done * CELLS)
    return f"linting [{'#' * full}{'.' * (CELLS - full)}] {done:4.0%}"[: max(columns - 1, 0)]
