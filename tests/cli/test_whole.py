"""The command over the source eye itself: real findings, and files that no parser should see."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Run

TRAINING = """import torch
from torch import nn

model = nn.Linear(3, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()
for inputs, targets in loader:
    optimizer.zero_grad()
    loss = criterion(model(inputs), targets)
    loss.backward()
    optimizer.step()
    torch.nn.utils.clip_grad_norm_(
        model.parameters(), 1.0
    )
"""


def test_a_training_script_is_linted(tmp_path: Path, run: Run) -> None:
    (tmp_path / "train.py").write_text(TRAINING)
    done = run("train.py", "--select", "TL201", real=True)
    assert done.returncode == 1
    assert done.stdout.startswith("error[TL201] clip-after-step\n  --> train.py:12:5\n")
    assert "\n11 |     optimizer.step()\n   |     ----------------\n" in done.stdout
    assert "help: " in done.stdout
    assert done.stderr == ""


def test_a_script_on_standard_input_is_linted(run: Run) -> None:
    (issue,) = json.loads(run("-", "--select", "TL201", "--output-format", "json", stdin=TRAINING, real=True).stdout)
    assert (issue["filename"], issue["location"], issue["end_location"]) == (
        "-",
        {"row": 12, "column": 5},
        {"row": 14, "column": 6},
    )


@pytest.mark.parametrize("line", [11, 12, 13, 14])
def test_a_comment_on_any_line_of_the_statement_silences_it(tmp_path: Path, run: Run, line: int) -> None:
    lines = TRAINING.splitlines()
    lines[line - 1] += "  # torchlint: ignore[clip-after-step]"
    (tmp_path / "train.py").write_text("\n".join(lines))
    assert run("--select", "TL201", real=True).returncode == (1 if line == 11 else 0)


def test_bad_files_are_one_line_each_and_the_others_are_linted(tmp_path: Path, run: Run) -> None:
    bad = {
        "old.py": b"import torch\nprint 'loss', loss\n",
        "latin.py": b"import torch\nname = '\xe9'\n",
        "sum.py": b"import torch\nx = " + b" + ".join([b"a"] * 10_000),
        "brackets.py": b"import torch\nx = " + b"(" * 2000 + b")" * 2000,
        "open.py": b"import torch\nx = (\n",
    }
    fine = {
        "empty.py": b"",
        "marked.py": b"\xef\xbb\xbfimport torch\r\n",
        "coded.py": b"# coding: latin-1\nimport torch\nname = '\xe9'\n",
        "again.py": b"import torch\nimport again\n\n\nclass A(A):\n    pass\n",
        "call.py": b"import torch\n\n\ndef f():\n    return g()\n\n\ndef g():\n    return f()\n",
        "train.py": TRAINING.encode(),
    }
    for name, content in (bad | fine).items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "round.py").symlink_to("round.py")
    done = run("--output-format", "concise", "--select", "TL201", "-q", "-j", "2", real=True)
    assert done.stderr == ""
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == sorted([*bad, "round.py", "train.py"])
    assert done.returncode == 1


def test_linting_imports_neither_torch_nor_the_slow_parts_of_libcst(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(TRAINING)
    program = """
import sys
sys.argv = ["torchlint", "-j", "1", "."]
from torchlint.cli.main import run
try:
    run()
except SystemExit as end:
    assert end.code == 1, end.code
heavy = {"torch", "numpy", "libcst.matchers"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=tmp_path, stdout=subprocess.DEVNULL)
