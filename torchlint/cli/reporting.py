"""What a command prints of its findings, and whether they make it fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from torchlint.cli.rulebook import address
from torchlint.finding import Finding, Severity
from torchlint.selection import Rules

Texts = Callable[[str], "str | None"]
FORMS = ("full", "concise", "json")
LEVELS = [level.value for level in Severity]
WORDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "piece of advice"}


def report(
    findings: Sequence[Finding], texts: Texts, rules: Rules, form: str, *, colours: bool = False, eyes: bool = False
) -> str:
    """The findings in one of the forms; `eyes` says in JSON which eye saw each."""
    match form:
        case "json":
            from torchlint.report.data import as_json

            addresses = {code: address(rules[code]) for code in {each.code for each in findings}}
            return as_json(findings, addresses, eyes=eyes)
        case "concise":
            from torchlint.report.concise import concise

            return concise(findings, colours=colours)
        case _:
            from torchlint.report.full import full

            return full(findings, texts, colours=colours)


def summary(findings: Sequence[Finding]) -> str:
    """How many were found, by severity."""
    if not findings:
        return "All checks passed."
    by_level = Counter(finding.severity for finding in findings)
    counts = (f"{by_level[level]} {plural(WORDS[level], by_level[level])}" for level in Severity if by_level[level])
    return f"Found {len(findings)} {plural('finding', len(findings))} ({', '.join(counts)})."


def plural(word: str, count: int) -> str:
    """A word for so many."""
    if count == 1:
        return word
    first, space, rest = word.partition(" ")
    return f"{first}s{space}{rest}"


def fails(findings: Sequence[Finding], fail_on: str) -> bool:
    """Whether one of them is at least as bad as a level; none is for "never"."""
    bad = LEVELS[: LEVELS.index(fail_on) + 1] if fail_on in LEVELS else []
    return any(finding.severity.value in bad for finding in findings)
