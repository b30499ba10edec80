"""`--rules FOLDER`: rules of one's own, which the command line alone can load."""

from pathlib import Path

import pytest

from .conftest import Run

RULE = '''
"""{code} {name}

## What it finds

A loop that trains. All of them.
"""

from torchlint.facts.run import TrainingIteration
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

from .words import MESSAGE

RULE = Rule(code="{code}", name="{name}", severity=Severity.WARNING)


def check(iteration: TrainingIteration):
    yield Violation(iteration.site, MESSAGE, "Nothing.")
'''
TRAIN = """
import torch

model = torch.nn.Linear(2, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    optimizer.zero_grad()
    loss = model(torch.ones(1, 2)).sum()
    loss.backward()
    optimizer.step()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with two rules of its own, one of them deeper down, that share a word."""
    lint = tmp_path / "lint"
    (lint / "loops").mkdir(parents=True)
    (lint / "words.py").write_text('MESSAGE = "This trains."\n')
    (lint / "trains.py").write_text(RULE.format(code="TL801", name="it-trains").lstrip())
    deeper = RULE.format(code="TL802", name="it-trains-too").replace("from .words", "from ..words")
    (lint / "loops" / "trains_too.py").write_text(deeper.lstrip())
    (tmp_path / "train.py").write_text(TRAIN)
    return lint


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_they_judge_a_run_too(run: Run) -> None:
    options = ("--isolated", "--select", "TL801", "--output-format", "concise")
    done = run("run", "--both", "--rules", "lint", *options, "train.py", real=True)
    said = "train.py:6:1: warning[TL801] it-trains: This trains. Nothing. (seen: in the source and in the run)"
    assert (done.returncode, done.stderr.splitlines()[0]) == (1, said)


@pytest.mark.usefixtures("folder")
def test_they_are_applied_selected_explained_and_silenced(tmp_path: Path, run_here: Run) -> None:
    options = ("train.py", "--isolated", "--output-format", "concise")
    assert run_here(*options).stdout == "All checks passed.\n"
    found = run_here(*options, "--rules", "lint")
    assert found.returncode == 1
    assert found.stdout.splitlines()[:2] == [
        "train.py:6:1: warning[TL801] it-trains: This trains. Nothing.",
        "train.py:6:1: warning[TL802] it-trains-too: This trains. Nothing.",
    ]
    chosen = run_here(*options, "--rules", "lint", "--select", "it-trains-too")
    assert "TL801" not in chosen.stdout and "TL802" in chosen.stdout
    assert run_here("explain", "TL801", "--rules", "lint").stdout.startswith("# it-trains (TL801)")
    assert run_here("explain", "TL801").returncode == 2
    assert run_here("baseline", "--isolated", "train.py", "--rules", "lint", "-o", "known").stdout.startswith(
        "known: 2 known findings"
    )
    text = TRAIN.replace("range(3):", "range(3):  # torchlint: ignore[it-trains, TL802]")
    (tmp_path / "train.py").write_text(text)
    assert run_here(*options, "--rules", "lint").stdout == "All checks passed.\n"


def test_no_configuration_runs_them(folder: Path, run_here: Run) -> None:
    (folder / "trains.py").write_text("raise SystemExit('this was run')\n")
    (folder.parent / "pyproject.toml").write_text('[tool.torchlint]\nrules = ["lint"]\n')
    done = run_here("train.py")
    assert done.returncode == 2
    assert "unknown key `rules`" in done.stderr and "this was run" not in done.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import no_such_package\n", "No module named 'no_such_package'"),
        ("RULE = 1\n", "RULE must be a Rule, not int"),
        (RULE.format(code="TL204", name="it-trains").lstrip(), "TL204 names two rules"),
        ("", "no Python file there has a RULE"),
    ],
)
def test_what_is_wrong_with_them_is_told(tmp_path: Path, run_here: Run, text: str, words: str) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "words.py").write_text('MESSAGE = "This trains."\n')
    (tmp_path / "rules" / "own.py").write_text(text)
    done = run_here("--rules", "rules")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: --rules: the rules in rules cannot be loaded: ")
    assert words in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_folder_that_is_not_there_is_named(run_here: Run) -> None:
    assert "the rules in lnt cannot be loaded: NotADirectoryError" in run_here("--rules", "lnt").stderr
