"""The hooks under the real pre-commit, installed from this checkout into a repository of their own."""

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from .conftest import Checkout

pytestmark = pytest.mark.slow

CLEAN = "import torch\n\nlayer = torch.nn.Linear(2, 2)\n"
OLD = "from torch.autograd import Variable\nimport torch\n\nx = Variable(torch.ones(1))\n"
DATA = "from torch.utils.data import DataLoader\n\n\ndef loader(data):\n    return DataLoader(data, batch_size=4)\n"
TRAIN = """import torch
from torchvision import datasets

from data import loader

model = torch.nn.Linear(784, 10)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for images, labels in loader(datasets.MNIST("data")):
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(model(images.flatten(1)), labels).backward()
    optimizer.step()
"""
Commit = Callable[..., "CompletedProcess[str]"]


@pytest.fixture
def repository(tmp_path: Path, checkout: Checkout) -> Path:
    """A repository with one file that is clean, and the hook that refuses commits."""
    folder = tmp_path / "repository"
    folder.mkdir()
    use(folder, checkout, "torchlint")
    (folder / "clean.py").write_text(CLEAN)
    for command in ("git init --quiet", f"{shlex.quote(sys.executable)} -m pre_commit install"):
        subprocess.run(shlex.split(command), cwd=folder, env=checkout.environment, capture_output=True, check=True)
    return folder


def use(folder: Path, checkout: Checkout, hook: str) -> None:
    of_checkout = {"repo": str(checkout.address), "rev": checkout.commit, "hooks": [{"id": hook}]}
    (folder / ".pre-commit-config.yaml").write_text(json.dumps({"repos": [of_checkout]}))


@pytest.fixture
def commit(repository: Path, checkout: Checkout) -> Commit:
    """Commit everything, or what is named."""

    def git(*arguments: str) -> "CompletedProcess[str]":
        command, environment = ["git", *arguments], checkout.environment
        return subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, timeout=300)

    def commit(*paths: str) -> "CompletedProcess[str]":
        assert git("add", *(paths or ["--all"])).returncode == 0
        return git("commit", "--quiet", "--message", "Change it")

    return commit


def notebook(*cells: str) -> str:
    made = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": cell} for cell in cells]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def test_a_commit_is_refused_or_passed(repository: Path, commit: Commit, checkout: Checkout) -> None:
    assert commit().returncode == 0
    (repository / "my model.py").write_text(OLD)
    (repository / "notes.txt").write_text(OLD)
    refused = commit()
    assert refused.returncode == 1
    assert "my model.py:4:5" in refused.stderr and "TL601" in refused.stderr
    assert "Found 1 finding" in refused.stderr
    (repository / "my model.py").write_text(CLEAN)
    assert commit().returncode == 0
    (repository / "notes.txt").write_text("There is no file to lint here.\n")
    passed = commit()
    assert passed.returncode == 0 and "(no files to check)Skipped" in passed.stderr
    (repository / "tries.ipynb").write_text(notebook(CLEAN, OLD))
    refused = commit()
    assert refused.returncode == 1 and "tries.ipynb:cell 2:4:5" in refused.stderr
    use(repository, checkout, "torchlint-fix")
    fixed = commit()
    assert fixed.returncode == 1 and "files were modified by this hook" in fixed.stderr
    assert "Variable(" not in (repository / "tries.ipynb").read_text()
    assert commit().returncode == 0


def test_many_files_are_linted_at_once(repository: Path, commit: Commit) -> None:
    for number in range(400):
        (repository / f"a model of the {number}th kind.py").write_text(CLEAN)
    (repository / "a model of the last kind.py").write_text(OLD)
    refused = commit()
    assert refused.returncode == 1 and "Found 1 finding" in refused.stderr
    assert "All checks passed" not in refused.stderr, "several processes, each with a part of the files"
    (repository / "a model of the last kind.py").write_text(CLEAN)
    assert commit().returncode == 0


def test_what_is_staged_is_seen_with_the_rest_of_the_repository(repository: Path, commit: Commit) -> None:
    """That a loader feeds training is known of a file that is not a part of the commit."""
    (repository / "train.py").write_text(TRAIN)
    (repository / "data.py").write_text(DATA.replace("batch_size=4", "batch_size=4, shuffle=True"))
    assert commit().returncode == 0
    (repository / "data.py").write_text(DATA)
    refused = commit("data.py")
    assert refused.returncode == 1 and "data.py:5:12" in refused.stderr and "TL401" in refused.stderr
