"""What is known of the ranks of a distributed run only by comparing all of them."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, Unknown
from torchlint.facts.fact import Fact
from torchlint.facts.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class BetweenRanks(Fact):
    """Something that was compared between ranks; it says nothing of the place for one rank alone."""

    def covers(self) -> frozenset[Site]:
        """No place: only what is objected to counts."""
        return frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicas(BetweenRanks):
    """The parameters that an optimizer steps on every rank; `site` is the step.

    `replicated` is Yes when the ranks are meant to hold the same ones: their model is wrapped in
    DistributedDataParallel (`wrapped`), or a DistributedSampler deals its data out to all ranks. Then `agree` says
    whether they are equal after the same steps, and `equal_at_first` whether they were before the first.
    `parameter` is the first that differs; the step after which it does is in the evidence.
    """

    replicated: Answer
    wrapped: Answer
    agree: Answer
    equal_at_first: Answer = Unknown
    parameter: str = ""
