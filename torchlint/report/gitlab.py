"""Code Quality on GitLab: what a merge request shows beside its lines."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

from torchlint.finding import Finding, Severity
from torchlint.report.digest import digests
from torchlint.report.fingerprint import Fingerprints, Texts
from torchlint.report.place import cell_of, relative, sentences

ROOT = "CI_PROJECT_DIR"
LEVELS = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.ADVICE: "minor"}


def code_quality(findings: Sequence[Finding], texts: Texts) -> str:
    """A list of issues; a fingerprint stays the same when lines move, so that GitLab knows what is new."""
    issues = map(_issue, findings, digests(findings, Fingerprints(texts)))
    return json.dumps(list(issues), indent=2) + "\n"


def _issue(finding: Finding, digest: str) -> dict[str, Any]:
    site, said = finding.site, sentences(finding.message, finding.instead)
    return {
        "description": " ".join(filter(None, (finding.code, cell_of(site), said))),
        "check_name": finding.name,
        "fingerprint": digest,
        "severity": LEVELS[finding.severity],
        "location": {
            "path": relative(site.file, os.environ.get(ROOT)),
            "lines": {"begin": site.row, "end": site.last_row},
        },
    }
