"""What a branch tests: the same condition wherever it is tested again, so that ways that contradict it are left out."""

from __future__ import annotations

from dataclasses import dataclass, field

from torchlint.source import syntax


@dataclass(frozen=True, slots=True)
class Condition:
    """A test, without its negation: its `text`, with the values that the variables in it have.

    `every_kth_if` is its truth in every k-th iteration, where it asks for the remainder of a count; `test` is
    how it is written.
    """

    text: str
    values: tuple[tuple[str, int], ...] = ()
    every_kth_if: bool | None = field(default=None, compare=False)
    test: syntax.Expression | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class WrittenTest:
    """A test as it is written: the variables in it, and whether it affirms its condition.

    `divided` are the variables before a `%`, which is a remainder unless they hold texts.
    """

    condition: Condition
    roots: tuple[str, ...]
    affirms: bool
    divided: frozenset[str] = frozenset()
