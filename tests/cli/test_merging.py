"""What both eyes, or several ranks, find of one mistake is one finding; of two mistakes at one place, two."""

from __future__ import annotations

import json
from dataclasses import replace

from torchlint.cli.joining import joined
from torchlint.cli.ranks import as_data, from_data, merged
from torchlint.facts.evidence import Evidence
from torchlint.facts.site import Site
from torchlint.finding import Finding, Related, Severity
from torchlint.fix import Change, Patch
from torchlint.report.seen import BOTH

ONE = Finding("TL204", "missing-zero-grad", Severity.ERROR, "One.", "Do.", Site("train.py", 3, 1, 3, 9))
TWO, ELSEWHERE = replace(ONE, message="Two."), replace(ONE, site=Site("train.py", 9, 1, 9, 9))


def test_two_mistakes_at_one_place_stay_two_among_ranks() -> None:
    found = merged({0: [ONE, TWO], 1: [replace(ONE, message="One, in other words."), ELSEWHERE]})
    assert [(each.message, each.evidence and each.evidence.ranks) for each in found] == [
        ("One.", (0, 1)),
        ("Two.", (0, 1)),
        ("One.", (1,)),
    ]


def test_a_finding_of_another_rank_arrives_whole() -> None:
    patch = Patch("Clear the gradients", False, (Change(Site("train.py", 3, 1, 3, 1), "optimizer.zero_grad()\n"),))
    related = (Related(Site("train.py", 4, 1, 4, 9), "the step"),)
    evidence = Evidence((("norm", 2.0),), step=4, ranks=(1,))
    whole = replace(ONE, eye="live", related=related, evidence=evidence, patch=patch)
    assert from_data(json.loads(json.dumps(as_data([ONE, whole])))) == [ONE, whole]


def test_two_mistakes_at_one_place_stay_two_for_both_eyes() -> None:
    seen = replace(ONE, eye="live", evidence=Evidence(step=4))
    found = joined([ONE, TWO], [seen, replace(ELSEWHERE, eye="live")])
    assert [(each.message, each.site.line, each.eye) for each in found] == [
        ("One.", 3, BOTH),
        ("Two.", 3, BOTH),
        ("One.", 9, "live"),
    ]
    assert all(each.evidence == seen.evidence for each in found[:2])
