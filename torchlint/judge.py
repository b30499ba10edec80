"""Rules over facts: a place is reported when a rule objects to it on every way there that it does not abstain from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from torchlint.facts.fact import Fact
from torchlint.facts.site import Site
from torchlint.finding import Finding, Related
from torchlint.fix import Fix
from torchlint.problem import GAVE_UP, Problem, described
from torchlint.rule import Abstention, Check, LoadedRule, Violation


class FailedCheck(Exception):
    """A rule raised: it is chained to the error, and says in which fact."""

    def __init__(self, fact: Fact) -> None:
        super().__init__(f"{type(fact).__name__} at {fact.site.file}:{fact.site.line}")
        self.fact = fact


def judge(
    facts: Iterable[Fact],
    rules: Iterable[LoadedRule],
    eye: str = "source",
    problems: list[Problem] | None = None,
) -> list[Finding]:
    """All findings of these rules over the facts that one eye made, in the order of their places.

    A rule that raises has no findings, and is named in `problems`; where nobody collects them, its error is raised.
    """
    by_kind: dict[type[Fact], list[Fact]] = defaultdict(list)
    for fact in facts:
        by_kind[type(fact)].append(fact)
    findings: list[Finding] = []
    for rule in rules:
        try:
            findings += [finding for check in rule.checks for finding in _apply(rule, check, by_kind, eye)]
        except FailedCheck as failure:
            if problems is None:
                raise
            problems.append(_problem(rule, failure))
    return sorted(findings, key=lambda finding: (finding.site, finding.code, finding.message))


def told_once(findings: Iterable[Finding], is_told: Callable[[Finding], bool] = lambda _: True) -> list[Finding]:
    """The findings; what follows from another one that is told is a note of that one."""
    findings = list(findings)
    causes = {finding.site for finding in findings if finding.cause is None and is_told(finding)}
    notes: dict[Site, list[Related]] = defaultdict(list)
    for finding in findings:
        if finding.cause in causes:
            notes[finding.cause].append(Related(finding.site, finding.message))
    return [
        replace(finding, related=(*finding.related, *notes.get(finding.site, ())), cause=None)
        for finding in findings
        if finding.cause not in causes
    ]


def findings_about(problems: Iterable[Problem], rules: Mapping[str, LoadedRule]) -> list[Finding]:
    """The findings that say what was not checked, of those rules about linting that are given."""
    return [about_linting(problem, rules[problem.code]) for problem in problems if problem.code in rules]


def about_linting(problem: Problem, rule: LoadedRule) -> Finding:
    """A finding of a rule without a check: its page says what to do instead, in one paragraph."""
    instead = " ".join(rule.section("Use instead").partition("\n\n")[0].split())
    column = max(problem.column, 1)
    site = Site(problem.path, problem.line, column, problem.line, max(problem.end_column, column))
    return Finding(rule.rule.code, rule.rule.name, rule.rule.severity, problem.message, instead, site)


def _problem(rule: LoadedRule, failure: FailedCheck) -> Problem:
    site, error = failure.fact.site, failure.__cause__
    name = f"{rule.rule.name} ({rule.rule.code})"
    message = f"The rule {name} failed here with {described(error)}, so nothing that it finds is reported."
    return Problem(site.file, GAVE_UP, message, site.line, site.column)


def _apply(rule: LoadedRule, check: Check, facts: dict[type[Fact], list[Fact]], eye: str) -> Iterator[Finding]:
    objections: dict[Site, list[tuple[Fact, Sequence[Violation]]]] = defaultdict(list)
    occasions: dict[Site, int] = defaultdict(int)
    for fact in (fact for kind, group in facts.items() if issubclass(kind, check.wants) for fact in group):
        found, abstained = _verdict(check, fact)
        for site in (fact.covers() | found.keys()) - abstained:
            occasions[site] += 1
        for site, violations in found.items():
            objections[site].append((fact, violations))
    for site, objected in objections.items():
        if len(objected) == occasions[site]:
            fact = objected[0][0]
            yield from (_finding(rule, each, fact, eye) for each in _shared([each for _, each in objected]))


def _verdict(check: Check, fact: Fact) -> tuple[dict[Site, list[Violation]], set[Site]]:
    """What one fact is objected to for, by place, what is said twice once; and the places that it says nothing of."""
    found: dict[Site, dict[str, Violation]] = defaultdict(dict)
    abstained: set[Site] = set()
    try:
        for said in check.violations(fact):
            if isinstance(said, Abstention):
                abstained.add(said.site)
            else:
                found[said.site].setdefault(said.message, said)
    except Exception as error:
        raise FailedCheck(fact) from error
    return {site: list(violations.values()) for site, violations in found.items()}, abstained - found.keys()


def _shared(objections: Sequence[Sequence[Violation]]) -> list[Violation]:
    """What is objected to on every way that leads to one place; where the words differ, one in its own."""
    first, *others = objections
    said = [{violation.message for violation in other} for other in others]
    shared = [
        replace(each, fix=_for_every_way(each, objections))
        for each in first
        if all(each.message in words for words in said)
    ]
    # Which way comes first hangs on what else was read.
    return shared or [min((each for group in objections for each in group), key=lambda each: each.message)]


def _for_every_way(violation: Violation, objections: Sequence[Sequence[Violation]]) -> Fix | None:
    """What mends a place on every way that leads there: the edits of all ways, where each has its own."""
    fixes = dict.fromkeys(each.fix for group in objections for each in group if each.message == violation.message)
    known = [fix for fix in fixes if fix is not None]
    if len(known) < len(fixes):
        return None
    if len(known) == 1:
        return known[0]
    edits = dict.fromkeys(edit for fix in known for edit in fix.edits)
    return Fix(known[0].title, tuple(edits), any(fix.unsafe for fix in known))


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
        cause=violation.cause,
        fix=None if violation.fix is None or rule.rule.fix == "-" else _as_safe_as(rule, violation.fix),
    )


def _as_safe_as(rule: LoadedRule, fix: Fix) -> Fix:
    otherwise = None if fix.otherwise is None else _as_safe_as(rule, fix.otherwise)
    return replace(fix, unsafe=fix.unsafe or rule.rule.fix == "unsafe", otherwise=otherwise)
