"""Steps that change nothing, in a run: a rate that a schedule decayed to nothing, or that rests for a while."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR, ExponentialLR, LambdaLR, LRScheduler
from torch.utils.data import DataLoader, TensorDataset

from torchlint import live
from torchlint.facts.schedule import StandStill

pytestmark = pytest.mark.slow

EPOCHS = 8


def train(schedule: Callable[[Optimizer], LRScheduler], *, each_batch: bool) -> list[StandStill]:
    """Train for eight epochs of ten batches, and tell where a run stood still."""
    torch.manual_seed(0)
    inputs = torch.randn(80, 4)
    loader = DataLoader(TensorDataset(inputs, inputs[:, :1]), batch_size=8, shuffle=True)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    optimizer = SGD(model.parameters(), lr=0.1)
    with live.watch(select=["TL218"]) as watch:
        scheduler = schedule(optimizer)
        for _ in range(EPOCHS):
            for x, y in loader:
                optimizer.zero_grad()
                nn.functional.mse_loss(model(x), y).backward()
                optimizer.step()
                if each_batch:
                    scheduler.step()
            if not each_batch:
                scheduler.step()
    assert watch.recorder.problems == []
    return [fact for fact in watch.facts if isinstance(fact, StandStill)]


def test_a_decay_for_epochs_that_is_stepped_for_batches() -> None:
    (found,) = train(lambda optimizer: ExponentialLR(optimizer, gamma=0.3), each_batch=True)
    assert found.steps >= 20
    assert found.rate < 1e-6


def test_a_schedule_that_goes_on_at_nothing() -> None:
    (found,) = train(lambda optimizer: LambdaLR(optimizer, lambda epoch: float(epoch < 2)), each_batch=False)
    assert found.rate == 0


@pytest.mark.parametrize("each_batch", [False, True])
def test_the_ends_of_a_schedule_may_rest(each_batch: bool) -> None:
    last = EPOCHS * (10 if each_batch else 1) - 1
    assert train(lambda optimizer: LambdaLR(optimizer, lambda done: done / 10), each_batch=each_batch) == []
    assert train(lambda optimizer: CosineAnnealingLR(optimizer, T_max=last), each_batch=each_batch) == []
