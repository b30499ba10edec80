"""What a cell of the state is: something that is known at every point of the program, declared once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")


class Lifetime(Enum):
    """What becomes of a cell when a program has ended and the next one begins."""

    PROGRAM = "it is forgotten: the next program begins with the value at entry"
    LATEST = "it is known of the object from then on, as it was at the end"
    GROWING = "what all programs found is joined"


@dataclass(frozen=True, slots=True, eq=False)
class Cell(Generic[T]):
    """A question about the program, or about one of its objects, and what is known where nothing was set.

    `at_entry` is the value that holds on every way that has not set another. `join` tells what is known where two
    ways meet: it is commutative, associative and idempotent.
    """

    name: str
    at_entry: T
    join: Callable[[T, T], T]
    lifetime: Lifetime = Lifetime.PROGRAM

    def __repr__(self) -> str:
        return f"<cell {self.name}>"
