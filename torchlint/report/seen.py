"""What the live eye saw, in words: the numbers, the step, the ranks, and whether the source eye sees it too."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from torchlint.facts.evidence import Evidence
from torchlint.finding import Finding

BOTH = "both"
COUNTED = {"steps": "step", "batches": "batch"}


def seen(finding: Finding) -> str:
    """One line, empty where there is nothing to say."""
    return "; ".join(_parts(finding))


def as_data(evidence: Evidence | None) -> dict[str, Any] | None:
    """The same for JSON, which has no words for what is not finite."""
    if evidence is None:
        return None
    return {
        "numbers": {name: value if math.isfinite(value) else str(value) for name, value in evidence.numbers},
        "step": evidence.step,
        "ranks": list(evidence.ranks),
    }


def _number_with_name(name: str, value: float) -> str:
    """A number with its name: "norm 3.2", and "in 3 steps" for what was counted."""
    if name not in COUNTED:
        return f"{name} {value:.4g}"
    return f"in {value:.0f} {COUNTED[name] if value == 1 else name}"


def _parts(finding: Finding) -> Iterator[str]:
    if finding.eye == BOTH:
        yield "in the source and in the run"
    evidence = finding.evidence
    if evidence is None:
        return
    if evidence.numbers:
        yield ", ".join(_number_with_name(name, value) for name, value in evidence.numbers)
    if evidence.step is not None:
        yield f"at step {evidence.step}"
    if evidence.ranks:
        yield f"on {_ranks(evidence.ranks)}"


def _ranks(ranks: Sequence[int]) -> str:
    if len(ranks) == 1:
        return f"rank {ranks[0]}"
    return f"ranks {', '.join(map(str, ranks[:-1]))} and {ranks[-1]}"
