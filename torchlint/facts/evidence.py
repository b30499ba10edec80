"""What a run was seen to do, in numbers: the part of a fact that only the live eye can know."""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import isfinite


@dataclass(frozen=True, slots=True)
class Evidence:
    """The numbers seen, each with its name; the optimizer steps done by then; the ranks that saw it.

    `step` is None where no step can be named, `ranks` is empty in a run of one process.
    """

    numbers: tuple[tuple[str, float], ...] = ()
    step: int | None = None
    ranks: tuple[int, ...] = ()

    @classmethod
    def of(cls, measured: object) -> Evidence:
        """The finite numbers that a dataclass holds, by the names of its fields; one named `step` is the step."""
        held = ((each.name, getattr(measured, each.name)) for each in fields(measured))  # type: ignore[arg-type]
        numbers = {name: value for name, value in held if isinstance(value, (int, float)) and isfinite(value)}
        step = numbers.pop("step", None)
        return cls(tuple((name, float(value)) for name, value in numbers.items()), None if step is None else int(step))
