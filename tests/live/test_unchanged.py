"""A watched run is the unwatched run, to the last bit: losses, weights and every random state."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from torchlint import live

np = pytest.importorskip("numpy")
Run = Callable[[], tuple[nn.Module, list[float]]]


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.dropout = nn.Dropout(0.3)
        self.head = nn.Linear(4 * 36, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # (B, 1, 8, 8)
        x = F.relu(self.norm(self.stem(x)))  # (B, 4, 6, 6)
        x = F.dropout(x, 0.1, training=self.training)
        return self.head(self.dropout(x.flatten(1)))  # (B, 3)


def data(workers: int = 0) -> DataLoader[Any]:
    samples = TensorDataset(torch.randn(48, 1, 8, 8), torch.randint(0, 3, (48,)))
    return DataLoader(samples, batch_size=8, shuffle=True, num_workers=workers)


def epochs(loader: DataLoader[Any], times: int = 2) -> Iterator[Any]:
    for _ in range(times):
        yield from loader


def sgd() -> tuple[nn.Module, list[float]]:
    model, loader, losses = Net(), data(), []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 4)
    for x, y in epochs(loader):
        optimizer.zero_grad()
        loss = nn.CrossEntropyLoss()(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    return model, losses


def adamw_with_validation() -> tuple[nn.Module, list[float]]:
    model, train_loader, val_loader, losses = Net(), data(), data(), []
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(2):
        model.train()
        for x, y in train_loader:
            loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            losses += [F.cross_entropy(model(x), y).item() for x, y in val_loader]
    return model, losses


def accumulation() -> tuple[nn.Module, list[float]]:
    model, loader, losses = Net(), data(), []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for i, (x, y) in enumerate(epochs(loader)):
        loss = F.cross_entropy(model(x), y) / 3
        loss.backward()
        losses.append(loss.item())
        if (i + 1) % 3 == 0:
            optimizer.step()
            optimizer.zero_grad(set_to_none=False)
    return model, losses


def mixed_precision() -> tuple[nn.Module, list[float]]:
    model, loader, losses = Net(), data(), []
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    scaler = torch.amp.GradScaler("cpu")
    for x, y in epochs(loader):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = F.cross_entropy(model(x), y)
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
        losses.append(loss.item())
    return model, losses


def lbfgs() -> tuple[nn.Module, list[float]]:
    model, loader, losses = Net(), data(), []
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=3)
    for x, y in epochs(loader, 1):

        def closure(x: torch.Tensor = x, y: torch.Tensor = y) -> torch.Tensor:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            return loss

        losses.append(optimizer.step(closure).item())
    return model, losses


def workers() -> tuple[nn.Module, list[float]]:
    model, loader, losses = Net(), data(workers=2), []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in epochs(loader):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model, losses


def two_optimizers() -> tuple[nn.Module, list[float]]:
    generator, discriminator, losses = nn.Linear(4, 8), nn.Linear(8, 1), []
    first = torch.optim.Adam(generator.parameters(), lr=1e-2)
    second = torch.optim.Adam(discriminator.parameters(), lr=1e-2)
    for _ in range(6):
        fake = generator(torch.randn(8, 4))
        second.zero_grad()
        loss = F.binary_cross_entropy_with_logits(discriminator(fake.detach()), torch.zeros(8, 1))
        loss.backward()
        second.step()
        first.zero_grad()
        adversarial = F.binary_cross_entropy_with_logits(discriminator(fake), torch.ones(8, 1))
        adversarial.backward()
        first.step()
        losses += [loss.item(), adversarial.item()]
    return nn.ModuleList([generator, discriminator]), losses


RUNS: list[Run] = [sgd, adamw_with_validation, accumulation, mixed_precision, lbfgs, workers, two_optimizers]


def outcome(run: Run, every: int | None) -> tuple[list[float], list[bytes], object]:
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    watch = nullcontext() if every is None else live.watch(every=every)
    with watch:
        model, losses = run()
    if every is not None:
        assert watch.recorder.problems == []  # type: ignore[union-attr]
        assert watch.recorder.step_number > 0  # type: ignore[union-attr]
    weights = [each.detach().numpy().tobytes() for each in model.state_dict().values()]
    states = (random.getstate(), str(np.random.get_state()), torch.get_rng_state().numpy().tobytes())
    return losses, weights, states


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.__name__)
def test_a_watched_run_is_the_same_run(run: Run) -> None:
    bare = outcome(run, None)
    for every in (50, 1):
        assert outcome(run, every) == bare
