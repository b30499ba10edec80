"""What is mutated, and the tests that ought to notice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A module, and which of its functions join, widen or answer for what was never set."""

    path: str
    functions: tuple[str, ...] = ("*",)


TARGETS = (
    Target("torchlint/source/paper/domain/values.py", ("either", "_one_of_many", "_either_tensor")),
    Target("torchlint/source/paper/state/store.py", ("absorb", "_meet", "_left_out", "_meet_tables")),
    Target("torchlint/facts/answer.py", ("join",)),
)
STAGES: tuple[tuple[str, ...], ...] = (
    ("tests/test_fixtures.py",),
    ("tests/metamorphic", "-m", "not slow"),
)
"""The tests are run in this order, the quickest first, until one fails."""
