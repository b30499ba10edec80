"""Steps that repeat each other are only counted: what is known of the run in the end is the same."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from torchlint import live
from torchlint.live.stream.repeated_steps import RepeatedSteps

STEPS = 70


def batches(steps: int = STEPS) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    for _ in range(steps):
        yield torch.randn(8, 4), torch.randint(0, 3, (8,))


def made() -> tuple[nn.Module, torch.optim.Optimizer]:
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
    return model, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)


def train_step(model: nn.Module, optimizer: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor) -> None:
    optimizer.zero_grad()
    F.cross_entropy(model(x), y).backward()
    optimizer.step()


def plain() -> None:
    model, optimizer = made()
    for x, y in batches():
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def cleared_after_the_step() -> None:
    model, optimizer = made()
    for x, y in batches():
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
        optimizer.zero_grad()


def cleared_by_hand() -> None:
    model, optimizer = made()
    for x, y in batches():
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
        for parameter in model.parameters():
            parameter.grad = None


def never_cleared() -> None:
    model, optimizer = made()
    for x, y in batches():
        F.cross_entropy(model(x), y).backward()
        optimizer.step()


def in_a_function() -> None:
    model, optimizer = made()
    for x, y in batches():
        train_step(model, optimizer, x, y)


def scheduled_now_and_then() -> None:
    model, optimizer = made()
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 3)
    for step, (x, y) in enumerate(batches()):
        train_step(model, optimizer, x, y)
        if step % 9 == 8:
            scheduler.step()


def scheduled_every_time() -> None:
    model, optimizer = made()
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for x, y in batches():
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()


def with_something_after_the_step() -> None:
    model, optimizer = made()
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    frames = []  # While they live, each call has one of its own.

    def step(x: torch.Tensor, y: torch.Tensor) -> None:
        frames.append(inspect.currentframe())
        train_step(model, optimizer, x, y)
        scheduler.step()

    for x, y in batches():
        step(x, y)


def evaluated_now_and_then() -> None:
    model, optimizer = made()
    val_loader = DataLoader(TensorDataset(torch.randn(15, 4), torch.randint(0, 3, (15,))), batch_size=5)
    for step, (x, y) in enumerate(batches()):
        train_step(model, optimizer, x, y)
        if step % 23 == 22:
            model.eval()
            with torch.no_grad():
                for inputs, targets in val_loader:
                    F.cross_entropy(model(inputs), targets)
            model.train()


def evaluated_without_a_mode() -> None:
    model, optimizer = made()
    val_loader = DataLoader(TensorDataset(torch.randn(15, 4), torch.randint(0, 3, (15,))), batch_size=5)
    for step, (x, y) in enumerate(batches()):
        train_step(model, optimizer, x, y)
        if step % 23 == 22:
            for inputs, targets in val_loader:
                F.cross_entropy(model(inputs), targets)


def accumulated() -> None:
    model, optimizer = made()
    for step, (x, y) in enumerate(batches(3 * STEPS)):
        (F.cross_entropy(model(x), y) / 3).backward()
        if step % 3 == 2:
            optimizer.step()
            optimizer.zero_grad()


def of_two_optimizers() -> None:
    model, optimizer = made()
    other, other_optimizer = made()
    for step, (x, y) in enumerate(batches()):
        train_step(model, optimizer, x, y)
        if step % 11 == 10:
            train_step(other, other_optimizer, x, y)


def with_another_loss_now_and_then() -> None:
    model, optimizer = made()
    for step, (x, y) in enumerate(batches()):
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        if step % 13 == 12:
            F.mse_loss(model(x), torch.zeros(8, 3)).backward()
        optimizer.step()


def in_epochs() -> None:
    model, optimizer = made()
    loader = DataLoader(TensorDataset(torch.randn(200, 4), torch.randint(0, 3, (200,))), batch_size=8, shuffle=True)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    for _ in range(3):
        for x, y in loader:
            loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        scheduler.step()


def with_one_that_fails() -> None:
    model, optimizer = made()
    for step, (x, y) in enumerate(batches()):
        try:
            optimizer.zero_grad()
            F.cross_entropy(model(x[:, :3] if step == 33 else x), y).backward()
            optimizer.step()
        except RuntimeError:
            continue


RUNS: list[Callable[[], None]] = [
    plain,
    cleared_after_the_step,
    cleared_by_hand,
    never_cleared,
    in_a_function,
    scheduled_now_and_then,
    scheduled_every_time,
    with_something_after_the_step,
    evaluated_now_and_then,
    evaluated_without_a_mode,
    accumulated,
    of_two_optimizers,
    with_another_loss_now_and_then,
    in_epochs,
    with_one_that_fails,
]


def known_of(run: Callable[[], None], *, may_count: bool) -> tuple[list[Any], bool]:
    """What is known of a run and found in it, and whether any of its steps was only counted."""
    torch.manual_seed(0)
    counted = False
    with pytest.MonkeyPatch.context() as patch, live.watch(every=50) as watch:
        replay_counted = RepeatedSteps.replay_counted

        def noticing(repeated: RepeatedSteps) -> None:
            nonlocal counted
            counted = counted or repeated.counting
            replay_counted(repeated)

        patch.setattr(RepeatedSteps, "replay_counted", noticing)
        if not may_count:
            end_step = RepeatedSteps.end_step
            patch.setattr(RepeatedSteps, "end_step", lambda repeated, may_count: end_step(repeated, may_count=False))
        run()
        known = [*watch.findings, *watch.facts]
    assert watch.recorder.problems == []
    return known, counted


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.__name__)
def test_counted_steps_are_as_good_as_traced_ones(run: Callable[[], None]) -> None:
    (from_counted, counted), (from_traced, never) = [known_of(run, may_count=each) for each in (True, False)]
    assert (counted, never) == (run is not cleared_by_hand, False)
    assert from_counted == from_traced
