"""What people do with models still works while they are watched, and nothing of theirs is kept alive."""

from __future__ import annotations

import copy
import gc
import io
import pickle
import subprocess
import sys
import weakref
from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from torchlint import live


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Linear(4, 8)
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # (B, 4)
        x = self.dropout(torch.sigmoid(F.relu(self.stem(x))))
        x = F.dropout(x, 0.1, training=self.training)
        return F.log_softmax(self.head(x), dim=1)  # (B, 3)


@pytest.fixture
def model() -> Iterator[Net]:
    """A model that was trained a little under a watch that is still open."""
    with live.watch(every=1) as watch:
        model = Net()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            F.nll_loss(model(torch.randn(5, 4)), torch.randint(0, 3, (5,))).backward()
            optimizer.step()
        yield model.eval()
    assert watch.recorder.problems == []


def same(one: nn.Module, other: nn.Module) -> bool:
    x = torch.randn(5, 4)
    return torch.equal(one(x), other(x))


def test_it_can_be_copied_pickled_and_saved(model: Net) -> None:
    assert same(model, copy.deepcopy(model))
    assert same(model, pickle.loads(pickle.dumps(model)))
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    assert same(model, torch.load(file, weights_only=False))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_it_can_be_scripted_and_traced(model: Net) -> None:
    assert same(model, torch.jit.script(model))
    assert same(model, torch.jit.trace(model, torch.randn(5, 4)))


def test_it_can_be_exported(model: Net) -> None:
    exported = torch.export.export(model, (torch.randn(5, 4),))
    assert same(model, exported.module())


COMPILES = """
import sys
import torch
import torch.nn.functional as F
from torchlint import live

model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Dropout(0.0), torch.nn.Linear(8, 3))
x, y = torch.randn(5, 4), torch.randint(0, 3, (5,))

def loss_of(x, y):
    return F.cross_entropy(torch.tanh(torch.sigmoid(model(x)).softmax(1)), y)

with live.watch():
    loss_of(x, y).backward()
    compiled = torch.compile(loss_of, fullgraph=True, backend=sys.argv[1])
    assert torch.allclose(compiled(x, y), loss_of(x, y))
    compiled(x, y).backward()
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_it_compiles_to_one_graph(backend: str) -> None:
    subprocess.run([sys.executable, "-c", COMPILES, backend], check=True)


def test_no_tensor_is_kept_alive() -> None:
    kept: list[weakref.ref[torch.Tensor]] = []

    def train() -> None:
        model = Net()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
        for _ in range(3):
            x, y = torch.randn(5, 4), torch.randint(0, 3, (5,))
            output = model(x)
            loss = F.nll_loss(output, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            kept.extend(weakref.ref(each) for each in (x, y, output, loss, *model.parameters()))

    with live.watch(every=1) as watch:
        train()
        gc.collect()
        assert [each for each in kept if each() is not None] == []
    assert watch.recorder.problems == []
    assert watch.facts
