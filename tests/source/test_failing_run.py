"""What fails while a project is run on paper costs one program or one detector, and is named."""

from __future__ import annotations

from functools import wraps
from pathlib import Path

import pytest

from torchlint.problem import GAVE_UP
from torchlint.source.lint import examine
from torchlint.source.paper import run
from torchlint.source.paper.detect.detectors import DETECTORS
from torchlint.source.paper.python.machine import Machine
from torchlint.source.project import Module

TRAINING = """
import torch
from torch import nn
from torch.utils.data import DataLoader

model = nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for x, y in DataLoader(data):
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
"""


def test_a_failing_program_costs_its_own_facts_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound, broken = tmp_path / "sound.py", tmp_path / "broken.py"
    for file in (sound, broken):
        file.write_text(TRAINING, "utf-8")
    run_main = run._run_main

    def fail_in_one(machine: Machine, module: Module) -> None:
        if module.path == str(broken):
            raise ZeroDivisionError("by hand")
        run_main(machine, module)

    monkeypatch.setattr(run, "_run_main", fail_in_one)
    examination = examine([str(broken), str(sound)], jobs=1)
    assert {fact.site.file for fact in examination.facts} == {str(sound)}
    assert [(problem.path, problem.code) for problem in examination.problems] == [(str(broken), GAVE_UP)]
    assert "ZeroDivisionError: by hand" in examination.problems[0].message


@pytest.mark.parametrize("error", [ValueError, RecursionError])
def test_a_failing_detector_is_named_with_the_file(
    error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "train.py"
    file.write_text(TRAINING, "utf-8")
    detector = next(each for each in DETECTORS if hasattr(each, "emit_loaders"))

    @wraps(detector.emit_loaders)
    def fail(*_: object) -> None:
        raise error("broken")

    monkeypatch.setattr(detector, "emit_loaders", fail)
    (problem,) = examine([str(file)], jobs=1).problems
    assert problem.path == str(file) and detector.__name__ in problem.message
