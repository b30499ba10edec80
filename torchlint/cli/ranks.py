"""What the ranks of one run found, as one list in which each mistake stands once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from torchlint.cli.linting import in_order
from torchlint.facts.evidence import Evidence
from torchlint.facts.site import Site
from torchlint.finding import Finding, Related, Severity
from torchlint.fix import Change, Patch


def merged(by_rank: Mapping[int, Sequence[Finding]]) -> list[Finding]:
    """Each mistake once, in the words of the first rank that saw it, with all ranks that did."""
    first: dict[tuple[str, Site], list[Finding]] = {}
    ranks: dict[tuple[str, Site], list[int]] = defaultdict(list)
    for rank, findings in sorted(by_rank.items()):
        at_place: dict[tuple[str, Site], list[Finding]] = defaultdict(list)
        for finding in findings:
            at_place[finding.code, finding.site].append(finding)
        for place, found in at_place.items():
            first.setdefault(place, found)
            ranks[place].append(rank)
    return in_order(_seen_by(each, tuple(ranks[place])) for place, found in first.items() for each in found)


def as_data(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings as JSON holds them."""
    return [asdict(finding) for finding in findings]


def from_data(data: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """What `as_data` was made of."""
    return [_finding(each) for each in data]


def _seen_by(finding: Finding, ranks: tuple[int, ...]) -> Finding:
    evidence = finding.evidence or Evidence()
    return finding if evidence.ranks else replace(finding, evidence=replace(evidence, ranks=ranks))


def _finding(data: Mapping[str, Any]) -> Finding:
    evidence, patch = data["evidence"], data["patch"]
    related = tuple(Related(**{**each, "site": Site(**each["site"])}) for each in data["related"])
    again = {"severity": Severity(data["severity"]), "site": Site(**data["site"]), "related": related}
    seen = {"evidence": evidence and _evidence(evidence), "patch": patch and _patch(patch)}
    return Finding(**{**data, **again, **seen})


def _patch(data: Mapping[str, Any]) -> Patch:
    changes = tuple(Change(Site(**each["span"]), each["text"]) for each in data["changes"])
    return Patch(data["title"], data["unsafe"], changes)


def _evidence(data: Mapping[str, Any]) -> Evidence:
    numbers = tuple((name, value) for name, value in data["numbers"])
    return Evidence(numbers, data["step"], tuple(data["ranks"]))
