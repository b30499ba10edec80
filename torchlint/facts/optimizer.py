"""Optimizers as a program uses them, over all its loops."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer
from torchlint.facts.fact import Fact
from torchlint.facts.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearedOptimizer(Fact):
    """An optimizer whose gradients a loop clears, at `cleared`, and computes: `site` is the backward.

    `stepped` says whether anything steps it, `beside` whether another optimizer steps in the same program.
    """

    cleared: Site
    stepped: Answer
    beside: Answer
