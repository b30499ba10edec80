"""How far the work is, told as it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

Progress = Callable[[float], None]
"""Is called with how much of the work is done, from 0 to 1."""
Item = TypeVar("Item")


def nothing(done: float) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the work: what is done of it is told as what is done of the whole."""

    progress: Progress
    begin: float
    end: float

    def __call__(self, done: float) -> None:
        """Say how much of the part is done."""
        self.progress(self.begin + (self.end - self.begin) * done)


def told(items: Iterable[Item], count: int, progress: Progress) -> Iterator[Item]:
    """The items; with each, it is told how many of about `count` were before it."""
    for number, item in enumerate(items):
        progress(min(number / max(count, 1), 1.0))
        yield item
