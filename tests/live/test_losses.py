"""What a loss is given, where no loader gave it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from torchlint import live

SERIES = torch.sin(torch.linspace(0, 60, 1000)).reshape(10, 100)


def codes(compute: Callable[[Tensor, Tensor], Tensor]) -> list[str]:
    """Train on parts of one tensor; `compute` makes the loss of the prediction and the target."""
    torch.manual_seed(0)
    model = nn.Linear(99, 99)
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1)
    inputs, targets = SERIES[3:, :-1], SERIES[3:, 1:]

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = compute(model(inputs), targets)
        loss.backward()
        return loss

    with live.watch(select=["TL505"]) as watch:
        for _ in range(4):
            optimizer.step(closure)
    assert watch.recorder.problems == []
    return [each.code for each in watch.findings]


def test_a_target_that_stays_the_same_is_no_prediction() -> None:
    assert codes(lambda prediction, target: F.mse_loss(target, prediction)) == ["TL505"]


def test_the_prediction_first() -> None:
    assert codes(F.mse_loss) == []


def test_a_target_that_is_computed_each_time_may_be_anything() -> None:
    assert codes(lambda prediction, target: F.mse_loss(target + 0.1, prediction)) == []


def test_the_divergence_from_a_fixed_distribution() -> None:
    def divergence(prediction: Tensor, target: Tensor) -> Tensor:
        return F.kl_div(SERIES[3:, 1:], F.softmax(prediction, dim=-1), reduction="batchmean")

    assert codes(divergence) == []


def test_a_loss_that_is_called_wrongly_does_not_end_the_watch() -> None:
    with live.watch(select=["TL505"]) as watch:
        with pytest.raises(TypeError):
            F.mse_loss(target=SERIES)
        with pytest.raises(AttributeError):
            F.mse_loss(None, SERIES)
    assert watch.recorder.problems == []
