"""`torchlint run` over scripts that train: what is found, how they end, and that nothing of theirs changes."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import COMMAND, WatchRun

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

TRAINING = """
import sys
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.set_num_threads(1)
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
inputs = torch.randn(32, 4)
loader = DataLoader(TensorDataset(inputs, inputs.sum(1, keepdim=True)), batch_size=4, shuffle=True)


def train(loader):
    for inputs, targets in loader:
        loss = nn.functional.mse_loss(model(inputs), targets)
        loss.backward()
        optimizer.step()
        print(f"{loss.item():.8f}", flush=True)
        optimizer.zero_grad()


"""


def test_a_script_is_stopped_after_so_many_steps_and_ends_tidily(watch_run: WatchRun) -> None:
    script = """
import atexit
atexit.register(print, "exit")
workers = DataLoader(loader.dataset, batch_size=4, shuffle=True, num_workers=2, multiprocessing_context="fork")
try:
    for epoch in range(100):
        try:
            train(workers)
        except Exception:
            print("not for you to catch")
finally:
    print("finally")
"""
    done = watch_run(TRAINING + script, "--steps", "3")
    *losses, last, end = done.stdout.splitlines()
    assert (len(losses), last, end) == (3, "finally", "exit")
    assert (done.code, done.stderr) == (0, "")


def test_a_script_that_makes_an_exit_of_the_stop_did_not_fail(watch_run: WatchRun) -> None:
    script = "try:\n    train(loader)\nexcept BaseException:\n    sys.exit(1)\n"
    assert watch_run(TRAINING + script, "--steps", "2").code == 0


def test_the_script_prints_what_it_prints_without_us(tmp_path: Path, watch_run: WatchRun) -> None:
    script = TRAINING + "train(loader)\nprint(torch.rand(1).item(), sys.argv)\n"
    done = watch_run(script, arguments=("--lr", "0.1"))
    bare = subprocess.run(
        [sys.executable, "train.py", "--lr", "0.1"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == bare.stdout
    assert (done.code, done.stderr, done.findings) == (0, "", [])


def test_sigterm_in_the_middle_of_training_leaves_a_report(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(TRAINING + "while True:\n    train(loader)\n")
    command = [*COMMAND, "train.py"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(5):
            assert process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM
    assert errors.startswith("All checks passed in ")


@pytest.mark.parametrize("fail_on", ["error", "never"])
def test_both_eyes_are_joined(watch_run: WatchRun, tmp_path: Path, fail_on: str) -> None:
    (tmp_path / "unrelated.py").write_text(TRAINING.replace("shuffle=True", "shuffle=False") + "train(loader)\n")
    done = watch_run(
        TRAINING.replace("shuffle=True", "shuffle=False") + "train(loader)\n", "--both", "--fail-on", fail_on
    )
    assert done.places == [("TL401", "train.py", 12)]
    assert done.findings[0]["eye"] in ("source", "both")
    assert done.code == 0  # It is a warning.


def test_a_batch_is_overfitted_without_touching_the_script(watch_run: WatchRun) -> None:
    folder = ROOT / "fixtures" / "learning" / "cannot_overfit_one_batch"
    done = watch_run(folder / "detached_encoder.py", "--overfit-one-batch")
    assert {code for code, _, _ in done.places} == {"TL701", "TL707"}
    assert "cannot learn even these samples" in done.findings[-1]["message"]
    assert watch_run(folder / "detached_encoder.py", "--no-probes", "--select", "TL707", "--steps", "2").findings == []
