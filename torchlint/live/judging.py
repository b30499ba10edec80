"""Which rules judge a live run, and what they say of it."""

from __future__ import annotations

from collections.abc import Sequence

from torchlint.facts.fact import Fact
from torchlint.finding import Finding
from torchlint.judge import findings_about, judge, told_once
from torchlint.problem import Problem
from torchlint.rule import LoadedRule, load_rules
from torchlint.selection import Selectors, complaint, enabled, split


def chosen(select: Sequence[str] | None, ignore: Sequence[str]) -> list[LoadedRule]:
    """The rules of the live eye that are on, as on the command line; raises ValueError for a word that names none."""
    rules = load_rules()
    select, ignore = _listed(select), _listed(ignore) or ()
    if select and not split(select):
        raise ValueError('select: "" names no rule')
    said = Selectors(None if select is None else split(select), ignore=split(ignore))
    for word in (*(said.select or ()), *said.ignore):
        wrong = complaint(word, rules)
        if wrong is not None:
            raise ValueError(wrong)
    on = enabled([said], rules)
    return [rule for code, rule in rules.items() if code in on and "L" in rule.rule.eyes]


def _listed(words: Sequence[str] | None) -> Sequence[str] | None:
    """A string is one word, not a sequence of letters."""
    return [words] if isinstance(words, str) else words


def judged(facts: list[Fact], rules: list[LoadedRule]) -> list[Finding]:
    """What these rules say of a run; a rule that fails is named in their place, where gave-up is one of them."""
    problems: list[Problem] = []
    found = told_once(judge(facts, rules, "live", problems))
    return found + findings_about(problems, {rule.rule.code: rule for rule in rules})
