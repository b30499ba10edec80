"""What stands at the end of the report of a watched run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from torchlint.cli.delivery import Report
from torchlint.facts.site import Site
from torchlint.finding import Finding, Severity
from torchlint.fix import Patch


def test_a_run_does_not_offer_an_option_that_it_does_not_have() -> None:
    patch = Patch("Clear the gradients", False, ())
    site = Site("train.py", 3, 1, 3, 9)
    found = Finding("TL204", "missing-zero-grad", Severity.ERROR, "One.", "Do.", site, patch=patch)
    session: Any = SimpleNamespace(children=0, steps=5, not_probed=[])
    anything: Any = None
    report = Report(session, anything, [], [], anything, findings=[found])
    assert list(report._closing_lines()) == ["Found 1 finding (1 error) in 5 steps of training."]
