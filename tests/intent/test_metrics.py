"""Which way a measure gets better, by its names."""

from __future__ import annotations

import pytest

from torchlint.facts.schedule import Better
from torchlint.intent.evaluation import better_by_name


@pytest.mark.parametrize("name", ["val_acc", "valAccuracy", "f1", "mIoU", "bleu_score", "correct", "top1"])
def test_what_grows(name: str) -> None:
    assert better_by_name([name]) is Better.HIGHER


@pytest.mark.parametrize("name", ["val_loss", "meanError", "perplexity", "test_mse", "WER"])
def test_what_falls(name: str) -> None:
    assert better_by_name([name]) is Better.LOWER


@pytest.mark.parametrize("names", [["metric"], ["neg_acc"], ["acc", "loss"], ["score"], [], ["accumulated"]])
def test_what_says_neither(names: list[str]) -> None:
    assert better_by_name(names) is None
