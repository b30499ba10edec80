"""A model that is measured on all evaluation data at once, in no loop of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn
from torch.optim import SGD, Optimizer

from torchlint import live

pytestmark = pytest.mark.slow

Run = Callable[[nn.Module, Optimizer], None]


def data(size: int) -> tuple[Tensor, Tensor]:
    inputs = torch.randn(size, 4)
    return inputs, inputs[:, :3].argmax(1)


def learn(model: nn.Module, optimizer: Optimizer) -> None:
    x, y = data(16)
    optimizer.zero_grad()
    F.cross_entropy(model(x), y).backward()
    optimizer.step()


def in_the_training_loop(model: nn.Module, optimizer: Optimizer) -> None:
    x_test, y_test = data(32)
    for step in range(20):
        learn(model, optimizer)
        if step % 5 == 0:
            scores = model(x_test)
            F.cross_entropy(scores, y_test)


def trained_on_what_is_called_test(model: nn.Module, optimizer: Optimizer) -> None:
    x_test, y_test = data(32)
    for _ in range(20):
        scores = model(x_test)
        optimizer.zero_grad()
        F.cross_entropy(scores, y_test).backward()
        optimizer.step()


def as_it_should_be(model: nn.Module, optimizer: Optimizer) -> None:
    x_test, y_test = data(32)
    for _ in range(20):
        model.train()
        learn(model, optimizer)
        model.eval()
        with torch.no_grad():
            scores = model(x_test)
        F.cross_entropy(scores, y_test)


def called_eval_net(eval_net: nn.Module, optimizer: Optimizer) -> None:
    for step in range(20):
        x, y = data(16)
        scores = eval_net(x)
        if step > 2:
            optimizer.zero_grad()
            F.cross_entropy(eval_net(x), y).backward()
            optimizer.step()
        scores.argmax()


@pytest.mark.parametrize(
    ("run", "codes"),
    [
        (in_the_training_loop, ["TL301", "TL303"]),
        (trained_on_what_is_called_test, []),
        (as_it_should_be, []),
        (called_eval_net, []),
    ],
)
def test_what_is_evaluated_beside_the_training_step(run: Run, codes: list[str]) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.1), nn.Linear(8, 3))
    with live.watch(select=["TL301", "TL303"]) as watch:
        run(model, SGD(model.parameters(), lr=0.1))
    assert watch.recorder.problems == []
    assert sorted(each.code for each in watch.findings) == codes
