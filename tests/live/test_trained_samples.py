"""Samples that are evaluated on and were trained on: what a run of the fixtures shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import WatchRun

pytestmark = pytest.mark.slow

FIXTURES = Path(__file__).parents[2] / "fixtures" / "data" / "evaluation_samples_in_training"


def test_samples_that_are_in_both_parts_are_told_at_the_loader_that_evaluates(watch_run: WatchRun) -> None:
    file = FIXTURES / "plain_case.py"
    line = next(row for row, text in enumerate(file.read_text().splitlines(), 1) if "# want: TL414" in text)
    assert watch_run(file, "--select", "TL414").places == [("TL414", file.name, line)]


def test_folds_coarse_features_and_training_data_are_no_leak(watch_run: WatchRun) -> None:
    assert watch_run(FIXTURES / "silent.py", "--select", "TL414").places == []
