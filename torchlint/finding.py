"""What a finding is: one mistake at one place, in words for the person who trains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from torchlint.facts.evidence import Evidence
from torchlint.facts.site import Site
from torchlint.fix import Fix, Patch


class Severity(str, Enum):
    """How bad it is: the run is wrong; it very likely costs accuracy, memory or time; good practice."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that explains a finding: the step that came first, or a call through which one gets there."""

    site: Site
    message: str
    leads_here: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake. `message` says what happens to the training, `instead` what to write.

    `eye` is the one that saw it, "source", "live" or "both"; `evidence` is what the live eye saw. `cause` is a place
    that explains it: where another finding stands there, this one becomes a note of that. `fix` is what would mend it,
    and `patch` is that fix in the text, where it can be carried out there.
    """

    code: str
    name: str
    severity: Severity
    message: str
    instead: str
    site: Site
    related: tuple[Related, ...] = ()
    eye: str = "source"
    evidence: Evidence | None = None
    cause: Site | None = None
    fix: Fix | None = None
    patch: Patch | None = None

    def placed(self, place: Callable[[Site], Site]) -> Finding:
        """The finding with other sites for its own and for those of what explains it; its fix stays as it is."""
        related = tuple(replace(each, site=place(each.site)) for each in self.related)
        return replace(self, site=place(self.site), related=related)
