"""Mistakes that begin when the run has long been the same: they are noticed in passing, and then looked at closely."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from torchlint.live.probing.first_batch import FirstBatchProbes
from torchlint.live.stream.observer import Observer
from torchlint.live.stream.recorder import Recorder
from torchlint.live.watching import Watch

pytestmark = pytest.mark.slow

STEPS, LATE = 400, 150


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(8, 16)
        self.last = nn.Linear(16, 3)
        self.cuts = False

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.first(x).relu()
        if self.cuts:
            hidden = hidden.detach()
        return self.last(hidden)


def batch() -> tuple[Tensor, Tensor]:
    return torch.randn(16, 8), torch.randint(0, 3, (16,))


def never_late() -> None:
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for step in range(STEPS):
        x, y = batch()
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step == LATE:
            optimizer.param_groups[0]["lr"] = 0.001


def gradients_no_longer_cleared() -> None:
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for step in range(STEPS):
        x, y = batch()
        loss = F.cross_entropy(model(x), y)
        if step < LATE:
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def softmax_that_appears() -> None:
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for step in range(STEPS):
        x, y = batch()
        scores = model(x)
        if step >= LATE:
            scores = scores.softmax(-1)
        loss = F.cross_entropy(scores, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def part_that_is_cut_off() -> None:
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for step in range(STEPS):
        x, y = batch()
        model.cuts = step >= LATE
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def eval_mode_that_stays() -> None:
    model = nn.Sequential(Net(), nn.Dropout(0.1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for step in range(STEPS):
        x, y = batch()
        if step == LATE:
            model.eval()
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def model_that_is_loaded_anew() -> None:
    model = Net()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for step in range(STEPS):
        if step == LATE:
            model = copy.deepcopy(model)
        x, y = batch()
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def found_in(run: Callable[[], None]) -> list[str]:
    def probed(recorder: Recorder) -> Iterable[Observer]:
        return [FirstBatchProbes(recorder)]

    torch.manual_seed(0)
    with Watch(every=100, also=probed) as watch:
        run()
    assert watch.recorder.problems == []
    return sorted({each.code for each in watch.findings})


@pytest.mark.parametrize(
    ("run", "code"),
    [
        (gradients_no_longer_cleared, "TL204"),
        (softmax_that_appears, "TL501"),
        (part_that_is_cut_off, "TL707"),
        (eval_mode_that_stays, "TL302"),
        (model_that_is_loaded_anew, "TL211"),
    ],
)
def test_what_goes_wrong_late_is_found(run: Callable[[], None], code: str) -> None:
    assert found_in(run) == [code]


def test_a_run_that_goes_on_as_it_began_is_silent() -> None:
    assert found_in(never_late) == []
