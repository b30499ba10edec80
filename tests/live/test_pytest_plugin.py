"""The pytest plugin, in a pytest of its own: it fails with the findings, and costs nothing until it is used."""

import os
import re
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

MODEL = """
import torch
from torch import nn
from torchlint.pytest_plugin import assert_trains

torch.set_num_threads(1)


class Net(nn.Module):
    def __init__(self, detached):
        super().__init__()
        self.encoder = nn.Linear(4, 16)
        self.head = nn.Linear(16, 3)
        self.detached = detached

    def forward(self, x):
        features = torch.relu(self.encoder(x))
        return self.head(features.detach() if self.detached else features)


def batch():
    torch.manual_seed(0)
    return torch.randn(8, 4), torch.randint(3, (8,))


"""


def pytest(folder: Path, test: str) -> "CompletedProcess[str]":
    (folder / "test_training.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "torchlint.pytest_plugin", "-p", "no:cacheprovider"]
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_it_is_offered_to_pytest() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    assert re.search(r'\[project.entry-points.pytest11\]\ntorchlint = "torchlint.pytest_plugin"\n', project)


def test_it_imports_nothing_heavy_until_it_is_used(tmp_path: Path) -> None:
    test = """
import sys

def test_nothing_is_imported():
    heavy = {"torch", "libcst", "click", "torchlint.live", "torchlint.rule"} & set(sys.modules)
    assert "torchlint.pytest_plugin" in sys.modules and not heavy
"""
    done = pytest(tmp_path, test)
    assert done.returncode == 0, done.stdout


def test_a_model_that_trains_passes_and_one_that_does_not_fails_with_the_findings(tmp_path: Path) -> None:
    test = """
def test_healthy():
    model, one = Net(detached=False), batch()
    before, state = model.head.weight.clone(), torch.get_rng_state()
    assert_trains(model, one, nn.CrossEntropyLoss())
    assert torch.equal(before, model.head.weight) and torch.equal(state, torch.get_rng_state())

def test_broken():
    assert_trains(Net(detached=True), batch(), nn.CrossEntropyLoss())
"""
    done = pytest(tmp_path, MODEL + test)
    assert "1 failed, 1 passed" in done.stdout, done.stdout
    assert "[TL" in done.stdout
    assert "pytest_plugin.py" not in done.stdout  # No frames of ours.


def test_a_watched_test_fails_with_what_its_training_does_wrong(tmp_path: Path) -> None:
    test = """
import pytest

@pytest.mark.parametrize("cleared", [True, False])
def test_loop(torchlint_watch, cleared):
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for _ in range(4):
        inputs = torch.randn(8, 4)
        if cleared:
            optimizer.zero_grad()
        nn.functional.mse_loss(model(inputs), inputs.sum(1, keepdim=True)).backward()
        optimizer.step()
"""
    done = pytest(tmp_path, MODEL + test)
    assert "2 passed, 1 error" in done.stdout, done.stdout
    assert "error[TL204] missing-zero-grad" in done.stdout
    assert "test_loop[False]" in done.stdout
