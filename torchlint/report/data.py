"""JSON, a list in ruff's shape, or one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from torchlint.facts.site import CellSite, Site
from torchlint.finding import Finding
from torchlint.fix import Patch
from torchlint.report.place import absolute, sentences
from torchlint.report.seen import as_data

STDIN = "-"


def as_json(findings: Iterable[Finding], addresses: Mapping[str, str | None], *, eyes: bool = False) -> str:
    """Every finding with its exact place; `addresses` are those of the rules' sources, by code.

    With `eyes`, it also says which eye saw the finding and what the live eye saw.
    """
    return json.dumps(list(_issues(findings, addresses, eyes=eyes)), indent=2) + "\n"


def as_lines(findings: Iterable[Finding], addresses: Mapping[str, str | None], *, eyes: bool = False) -> str:
    """The same objects, each on a line of its own."""
    return "".join(f"{json.dumps(issue)}\n" for issue in _issues(findings, addresses, eyes=eyes))


def _issues(
    findings: Iterable[Finding], addresses: Mapping[str, str | None], *, eyes: bool
) -> Iterator[dict[str, Any]]:
    return (_issue(each, addresses.get(each.code)) | (_seen(each) if eyes else {}) for each in findings)


def _issue(finding: Finding, url: str | None) -> dict[str, Any]:
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "message": sentences(finding.message, finding.instead),
        **_place(finding.site),
        "related": [{"message": each.message, **_place(each.site)} for each in finding.related],
        "fix": None if finding.patch is None else _fix(finding.patch),
        "url": url,
    }


def _fix(patch: Patch) -> dict[str, Any]:
    """A fix as edits, each with the text that takes the place of a span."""
    edits = [{"content": each.text, **_place(each.span)} for each in patch.changes]
    return {"applicability": "unsafe" if patch.unsafe else "safe", "message": patch.title, "edits": edits}


def _seen(finding: Finding) -> dict[str, Any]:
    return {"eye": finding.eye, "evidence": as_data(finding.evidence)}


def _place(site: Site) -> dict[str, Any]:
    end_column = site.end_column if site.end_line else site.column
    return {
        "filename": site.file if site.file == STDIN else absolute(site.file),
        "cell": site.cell if isinstance(site, CellSite) else None,
        "location": {"row": site.row, "column": site.column},
        "end_location": {"row": site.last_row, "column": end_column},
    }
