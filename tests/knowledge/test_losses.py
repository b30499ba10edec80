"""The losses, held against torch: each is there with its function, its arguments and its symmetry."""

from __future__ import annotations

import inspect
import warnings

import pytest
import torch
from torch import nn

from torchlint.facts.layer import Range
from torchlint.facts.loss import Reduction
from torchlint.knowledge.losses import FUNCTIONS, LOSSES

FIRST, SECOND = torch.tensor([0.1, 0.7, 0.4]), torch.tensor([0.9, 0.2, 0.5])
SIGNS = torch.tensor([1.0, -1.0, 1.0])


def test_every_loss_is_known() -> None:
    losses = {name for name in dir(nn) if name.endswith(("Loss", "Loss2d"))}
    assert losses - LOSSES.keys() == {"AdaptiveLogSoftmaxWithLoss", "LinearCrossEntropyLoss"}, (
        "layers: they hold weights"
    )
    assert LOSSES.keys() <= losses
    assert all(name == kind.name for name, kind in LOSSES.items())


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_the_function_of_a_loss_and_the_order_of_its_arguments(name: str) -> None:
    kind = LOSSES[name]
    functions = list(inspect.signature(getattr(nn.functional, kind.functional)).parameters)
    method = list(inspect.signature(getattr(nn, name).forward).parameters)[1:]
    if not kind.pairwise:
        assert functions[:2] == ["input", "target"]
        assert method[:2] in (["input", "target"], ["log_input", "target"])
    else:
        assert method[:2] != ["input", "target"]


@pytest.mark.parametrize("name", sorted(name for name in LOSSES if LOSSES[name].settings and name != "NLLLoss2d"))
def test_the_settings_of_a_loss_stand_in_that_order(name: str) -> None:
    kind = LOSSES[name]
    settings = kind.settings.split()
    of_class = list(inspect.signature(getattr(nn, name)).parameters)
    of_function = list(inspect.signature(getattr(nn.functional, kind.functional)).parameters)[2:]
    assert of_class[: len(settings)] == settings == of_function[: len(settings)]


@pytest.mark.filterwarnings("ignore")
def test_the_reductions_are_those_of_torch() -> None:
    told = {reduction.value for reduction in Reduction} - {"unknown"}
    scores, target = torch.zeros(2, 3), torch.full((2, 3), 0.3)
    for name in told:
        nn.functional.kl_div(scores, target, reduction=name)
    assert told == {"mean", "sum", "none", "batchmean"}


def test_a_function_leads_to_one_loss() -> None:
    assert {LOSSES[name].functional for name in FUNCTIONS.values()} == {kind.functional for kind in LOSSES.values()}
    assert FUNCTIONS["nll_loss"] == "NLLLoss"


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_symmetry(name: str) -> None:
    kind = LOSSES[name]
    if kind.pairwise or name.startswith(("Multi", "NLL")) or name == "CrossEntropyLoss":
        assert not kind.symmetric
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loss = getattr(nn, name)()
        first, second = (FIRST, SIGNS) if name == "HingeEmbeddingLoss" else (FIRST, SECOND)
        more = (torch.ones(3),) if name == "GaussianNLLLoss" else ()
        same = torch.allclose(loss(first, second, *more), loss(second, first, *more))
    assert same is kind.symmetric


def test_expectations_are_those_under_which_losses_agree() -> None:
    scores = torch.tensor([[2.0, -1.0, 0.5]])
    target = torch.tensor([0])
    assert LOSSES["CrossEntropyLoss"].expects is Range.RAW
    assert LOSSES["NLLLoss"].expects is Range.LOG_PROBABILITIES
    assert torch.allclose(nn.CrossEntropyLoss()(scores, target), nn.NLLLoss()(scores.log_softmax(1), target))
    assert LOSSES["BCEWithLogitsLoss"].expects is Range.RAW
    assert LOSSES["BCELoss"].expects is Range.UNIT
    ones = torch.ones(1, 3)
    assert torch.allclose(nn.BCEWithLogitsLoss()(scores, ones), nn.BCELoss()(scores.sigmoid(), ones))
