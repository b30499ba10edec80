"""What is mutated, and the tests that ought to notice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A module, and which of its functions join, widen or answer for what was never set."""

    path: str
    functions: tuple[str, ...] = ("*",)


TARGETS = (
    Target("torchlint/facts/answer.py", ("join",)),
    Target("torchlint/source/paper/domain/join.py"),
    Target("torchlint/source/paper/domain/tensor.py", ("but", "loaders_of", "from_loader", "loader")),
    Target("torchlint/source/paper/state/cells.py"),
    Target("torchlint/source/paper/state/state.py", ("absorb", "held", "current", "publish")),
)
STAGES: tuple[tuple[str, ...], ...] = (
    ("tests/source/test_joins.py",),
    ("tests/source/test_state_laws.py",),
    ("tests/test_fixtures.py",),
    ("tests/metamorphic", "-m", "not slow"),
)
"""The tests are run in this order, the quickest first, until one fails."""
