"""`torchlint run notebook.ipynb`: its code cells run in order, and findings are named by cell."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CELLS = [
    ["%matplotlib inline\n", "import torch\n", "from torch import nn\n", "display('begun')"],
    ["model = nn.Linear(4, 2)\n", "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)"],
    [
        "for step in range(4):\n",
        "    loss = model(torch.randn(8, 4)).square().mean()\n",
        "    loss.backward()\n",
        "    optimizer.step()",
    ],
]


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    cells = [{"cell_type": "markdown", "source": ["# Train"]}]
    cells += [{"cell_type": "code", "outputs": [], "source": source} for source in CELLS]
    file = tmp_path / "train.ipynb"
    file.write_text(json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5}))
    return file


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "torchlint", "run", "--isolated", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


@pytest.mark.slow
def test_findings_of_a_run_are_named_by_cell(notebook: Path, tmp_path: Path) -> None:
    done = run(tmp_path, "--output-format", "concise", "train.ipynb")
    assert done.returncode == 1
    assert done.stdout == "begun\n"
    assert "train.ipynb:cell 4:3:5: error[TL204]" in done.stderr


@pytest.mark.slow
def test_an_error_shows_its_line_in_the_notebook(notebook: Path, tmp_path: Path) -> None:
    notebook.write_text(notebook.read_text().replace("loss.backward()", "loss.backwards()"))
    done = run(tmp_path, "train.ipynb")
    assert done.returncode == 1
    assert "    loss.backwards()" in done.stderr
    assert "AttributeError" in done.stderr


@pytest.mark.slow
def test_a_broken_notebook_is_not_run(notebook: Path, tmp_path: Path) -> None:
    notebook.write_text(notebook.read_text()[:80])
    done = run(tmp_path, "train.ipynb")
    assert done.returncode == 2
    assert done.stderr.startswith("error: train.ipynb cannot be run: The file is no notebook")
