"""What a run was seen to do, in numbers: the part of a fact that only the live eye can know."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """The numbers seen, each with its name; the optimizer steps done by then; the ranks that saw it.

    `step` is None where no step can be named, `ranks` is empty in a run of one process.
    """

    numbers: tuple[tuple[str, float], ...] = ()
    step: int | None = None
    ranks: tuple[int, ...] = ()
