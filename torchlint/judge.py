"""Rules over facts: a place is reported when a rule objects to it on every way that leads there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from torchlint.facts.fact import Fact
from torchlint.facts.site import Site
from torchlint.finding import Finding, Related
from torchlint.rule import LoadedRule, Violation


def judge(facts: Iterable[Fact], rules: Iterable[LoadedRule], eye: str = "source") -> list[Finding]:
    """All findings of these rules over the facts that one eye made, in the order of their places."""
    by_kind: dict[type[Fact], list[Fact]] = defaultdict(list)
    for fact in facts:
        by_kind[type(fact)].append(fact)
    findings: list[Finding] = []
    for rule in rules:
        if rule.check is None or rule.wants is None:
            continue
        about = [fact for kind, group in by_kind.items() if issubclass(kind, rule.wants) for fact in group]
        findings += _apply(rule, about, eye)
    return sorted(findings, key=lambda finding: (finding.site, finding.code, finding.message))


def _apply(rule: LoadedRule, facts: list[Fact], eye: str) -> list[Finding]:
    assert rule.check is not None
    objections: dict[Site, list[tuple[Violation, Fact]]] = defaultdict(list)
    occasions: dict[Site, int] = defaultdict(int)
    for fact in facts:
        found = {violation.site: violation for violation in rule.check(fact)}
        for site in fact.covers() | found.keys():
            occasions[site] += 1
        for site, violation in found.items():
            objections[site].append((violation, fact))
    return [
        _finding(rule, *objected[0], eye) for site, objected in objections.items() if len(objected) == occasions[site]
    ]


def _finding(rule: LoadedRule, violation: Violation, fact: Fact, eye: str) -> Finding:
    named = {related.site for related in violation.related}
    led_here = tuple(Related(site, "called from here", leads_here=True) for site in fact.via if site not in named)
    return Finding(
        code=rule.rule.code,
        name=rule.rule.name,
        severity=violation.severity or rule.rule.severity,
        message=violation.message,
        instead=violation.instead,
        site=violation.site,
        related=violation.related + led_here,
        eye=eye,
        evidence=fact.evidence,
    )
