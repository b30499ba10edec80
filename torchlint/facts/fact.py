"""What every fact has: a place, the places that it covers, and the calls that led there."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.evidence import Evidence
from torchlint.facts.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing known about a run.

    A place that is reached in several ways (a function with two callers) makes one fact for each; a rule
    reports the place only if it objects to all of them.
    `via` are the calls through which the place was reached, the outermost first.
    `evidence` is what a run was seen to do, None where source alone was read.
    """

    site: Site
    via: tuple[Site, ...] = ()
    evidence: Evidence | None = None

    def covers(self) -> frozenset[Site]:
        """The places about which this fact says something."""
        return frozenset((self.site,))


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEvidence(Fact):
    """A fact whose numbers are what a run was seen to do."""

    def __post_init__(self) -> None:
        if self.evidence is None:
            object.__setattr__(self, "evidence", Evidence.of(self))
