"""The reports of `torchlint run`: several at once, and what a baseline knows left out."""

import json
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest

pytestmark = pytest.mark.slow

LOOP = """
import os

import torch
from torch import nn

model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(4):
    nn.functional.cross_entropy(model(torch.randn(3, 4)), torch.tensor([0, 1, 0])).backward()
    optimizer.step()
os.chdir("/")
"""


def torchlint(folder: Path, *arguments: str) -> "CompletedProcess[str]":
    command = [sys.executable, "-m", "torchlint", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def test_several_reports_are_written_where_the_run_began(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(LOOP)
    wanted = ("--output", "concise", "--output", "sarif:out.sarif", "--output", "junit:out.xml")
    done = torchlint(tmp_path, "run", "--isolated", "--select", "TL204", *wanted, "train.py")
    assert done.returncode == 1
    assert done.stderr.startswith("train.py:10:5: error[TL204]")
    assert done.stderr.endswith("Found 1 finding (1 error) in 4 steps of training.\n")
    (result,) = json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"]
    assert result["properties"]["eye"] == "live"
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "train.py"
    assert 'failures="1"' in (tmp_path / "out.xml").read_text()


def test_what_the_baseline_of_the_source_eye_knows_is_not_reported_of_a_run(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(LOOP)
    (tmp_path / "pyproject.toml").write_text('[tool.torchlint]\nselect = ["TL204"]\nbaseline = "known.json"\n')
    missing = torchlint(tmp_path, "run", "train.py")
    assert missing.returncode == 2
    assert "known.json" in missing.stderr
    assert torchlint(tmp_path, "baseline", "-o", "known.json", "--isolated", "--select", "TL204").returncode == 0
    known = torchlint(tmp_path, "run", "train.py")
    assert known.returncode == 0
    assert known.stderr.endswith(
        "All checks passed in 4 steps of training.\n1 known finding not shown, by known.json.\n"
    )
    assert torchlint(tmp_path, "run", "--no-baseline", "train.py").returncode == 1
