"""Losses that are kept with their graphs, however they were computed and wherever they are kept."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn
from torch.optim import SGD, Optimizer

from torchlint import live

pytestmark = pytest.mark.slow

STEPS = 30
Train = Callable[[nn.Module, Optimizer], object]


class Meter:
    def __init__(self) -> None:
        self.total: Any = 0.0

    def add(self, value: Any) -> None:
        self.total += value  # Kept here.


def step(optimizer: Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def losses(model: nn.Module) -> tuple[Tensor, Tensor]:
    scores = model(torch.randn(8, 4))
    return F.cross_entropy(scores, torch.randint(0, 3, (8,))), scores.pow(2).mean()


def computed_by_hand(model: nn.Module, optimizer: Optimizer) -> object:
    total: Any = 0.0
    for _ in range(STEPS):
        loss = (model(torch.randn(8, 4)) ** 2).mean()
        step(optimizer, loss)
        total += loss  # Kept here.
    return total


def one_term(model: nn.Module, optimizer: Optimizer) -> object:
    kept = []
    for _ in range(STEPS):
        entropy, size = losses(model)
        step(optimizer, entropy + 0.1 * size)
        kept.append(size)  # Kept here.
    return kept


def in_a_meter(model: nn.Module, optimizer: Optimizer) -> object:
    meter = Meter()
    for _ in range(STEPS):
        entropy, size = losses(model)
        step(optimizer, entropy + size)
        meter.add(entropy)
    return meter


def on_one_line(model: nn.Module, optimizer: Optimizer) -> object:
    kept = []
    # fmt: off
    for _ in range(STEPS): loss = losses(model)[0]; step(optimizer, loss); kept.append(loss)  # noqa: E701, E702 # Kept here.
    # fmt: on
    return kept


def numbers(model: nn.Module, optimizer: Optimizer) -> object:
    kept, meter = [], Meter()
    for _ in range(STEPS):
        entropy, size = losses(model)
        step(optimizer, entropy + size)
        kept.append(entropy.item())
        meter.add(size.detach())
    return kept, meter


def run_backward_again(model: nn.Module, optimizer: Optimizer) -> object:
    total: Any = 0.0
    for _ in range(STEPS):
        total = total + losses(model)[0]
        optimizer.zero_grad()
        total.backward(retain_graph=True)
    return total


def lines_found(train: Train) -> list[int]:
    torch.manual_seed(0)
    model = nn.Linear(4, 3)
    with live.watch(select=["TL212"]) as watch:
        train(model, SGD(model.parameters(), lr=0.1))
    assert watch.recorder.problems == []
    return [each.site.line for each in watch.findings]


@pytest.mark.parametrize("train", [computed_by_hand, one_term, in_a_meter, on_one_line])
def test_a_loss_that_is_kept(train: Train) -> None:
    kept_in = Meter if train is in_a_meter else train
    rows, first = inspect.getsourcelines(kept_in)
    assert lines_found(train) == [number for number, row in enumerate(rows, first) if "# Kept here." in row]


@pytest.mark.parametrize("train", [numbers, run_backward_again])
def test_what_is_no_leak(train: Train) -> None:
    assert lines_found(train) == []


def test_a_watch_inside_another_takes_no_marks_away() -> None:
    with live.watch(select=["TL212"]) as outer:
        assert lines_found(one_term) == [each.site.line for each in outer.findings]
    assert len(outer.findings) == 1
