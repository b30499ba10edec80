"""The judge, over facts made by hand: what is reported of a place, and what a rule that raises costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from torchlint.facts.fact import Fact
from torchlint.facts.site import Site
from torchlint.finding import Severity
from torchlint.judge import FailedCheck, judge
from torchlint.problem import GAVE_UP, Problem
from torchlint.rule import Abstention, Check, LoadedRule, Rule, Violation

PLACE, ELSEWHERE, CALLER, OTHER_CALLER = (Site("train.py", line) for line in (3, 9, 20, 30))


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Fact):
    """A fact to which a check objects in these words."""

    words: tuple[str, ...]


def objections(said: Said) -> Iterator[Violation | Abstention]:
    for word in said.words:
        if word == "raise":
            raise LookupError("no such word")
        if word == "abstain":
            yield Abstention(said.site)
            continue
        yield Violation(said.site, word, "Say nothing.")


def rule(code: str, *checks: Check) -> LoadedRule:
    return LoadedRule(Rule(code, "wordy", Severity.WARNING), "", checks)


WORDY = rule("TL299", Check(Said, objections))


def messages(*facts: Fact, by: LoadedRule = WORDY) -> list[str]:
    return [finding.message for finding in judge(facts, [by])]


def test_two_violations_at_one_place_are_both_reported() -> None:
    assert messages(Said(site=PLACE, words=("one", "two"))) == ["one", "two"]
    assert messages(Said(site=PLACE, words=("one", "one"))) == ["one"]


def test_a_place_is_reported_only_if_every_way_there_is_objected_to() -> None:
    way = Said(site=PLACE, via=(CALLER,), words=("one", "two"))
    assert messages(way, Said(site=PLACE, via=(OTHER_CALLER,), words=("two",))) == ["two"]
    assert messages(way, Said(site=PLACE, via=(OTHER_CALLER,), words=("two", "one"))) == ["one", "two"]
    assert messages(way, Said(site=PLACE, via=(OTHER_CALLER,), words=())) == []
    assert messages(way, Said(site=ELSEWHERE, words=())) == ["one", "two"]


def test_a_way_that_a_rule_abstains_from_frees_no_other() -> None:
    way, abstained = Said(site=PLACE, words=("one",)), Said(site=PLACE, via=(CALLER,), words=("abstain",))
    assert messages(way, abstained) == ["one"]
    assert messages(abstained) == []
    assert messages(way, abstained, Said(site=PLACE, via=(OTHER_CALLER,), words=())) == []


def test_ways_that_are_objected_to_in_different_words_are_one_finding() -> None:
    by_name = [Said(site=PLACE, via=(caller,), words=(str(caller.line),)) for caller in (CALLER, OTHER_CALLER)]
    assert messages(*by_name) == ["20"]


def test_the_checks_of_a_rule_are_judged_each_by_itself() -> None:
    two = rule("TL299", Check(Said, objections), Check(Said, lambda said: [Violation(said.site, "ever", "Nothing.")]))
    assert messages(Said(site=PLACE, words=("one",)), Said(site=PLACE, words=()), by=two) == ["ever"]
    assert messages(Said(site=PLACE, words=("one",)), by=two) == ["ever", "one"]


def test_a_rule_that_raises_is_named_and_costs_its_own_findings() -> None:
    facts = [Said(site=ELSEWHERE, words=("one",)), Said(site=PLACE, words=("two", "raise"))]
    calm = rule("TL298", Check(Said, lambda said: [Violation(said.site, "calm", "Nothing.")]))
    problems: list[Problem] = []
    found = judge(facts, [WORDY, calm], problems=problems)
    assert [(each.code, each.site.line) for each in found] == [("TL298", 3), ("TL298", 9)]
    (problem,) = problems
    assert (problem.code, problem.path, problem.line) == (GAVE_UP, "train.py", 3)
    assert "wordy (TL299)" in problem.message and "LookupError" in problem.message


def test_the_error_of_a_rule_is_raised_where_nobody_collects_it() -> None:
    with pytest.raises(FailedCheck) as failed:
        judge([Said(site=PLACE, words=("raise",))], [WORDY])
    assert isinstance(failed.value.__cause__, LookupError)
