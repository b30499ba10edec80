"""A rule that raises costs its own findings, and is named; the other rules, the files and the run go on."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

RULE = '''
"""TL298 failing-rule

## What it finds

Nothing: it raises, at the second loop that it looks at.
"""

from torchlint.facts.run import TrainingIteration
from torchlint.finding import Severity
from torchlint.rule import Rule, Violation

RULE = Rule(code="TL298", name="failing-rule", severity=Severity.ERROR)
seen = []


def check(iteration: TrainingIteration):
    seen.append(iteration)
    yield Violation(iteration.site, "This would be reported.", "Nothing.")
    if len(seen) > 1:
        raise LookupError("no such thing")
'''
TRAIN = """
import torch

model = torch.nn.Linear(2, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(3):
    loss = model(torch.ones(1, 2)).sum()
    loss.backward()
    optimizer.step()
for _ in range(3):
    loss = model(torch.ones(1, 2)).sum()
    loss.backward()
    optimizer.step()
"""
FINDS = [("TL204", 8), ("TL204", 12)]
"""What the rules of ours find in the script."""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A folder with an installed package that offers the rule, and a script that breaks a rule of ours."""
    rules = tmp_path / "failing_rules"
    rules.mkdir()
    (rules / "__init__.py").touch()
    (rules / "failing_rule.py").write_text(RULE.lstrip())
    installed = tmp_path / "failing_rules-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: failing-rules\nVersion: 1\n")
    (installed / "entry_points.txt").write_text("[torchlint.rules]\nfailing = failing_rules\n")
    (tmp_path / "train.py").write_text(TRAIN)
    return tmp_path


def python(folder: Path, *arguments: str) -> str:
    """What a fresh Python prints, in the folder and with the package that lies there."""
    command = [sys.executable, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout


def judged(report: str) -> tuple[list[tuple[str, int]], list[dict[str, Any]]]:
    """Code and line of each finding, and the findings about the linting apart."""
    found = json.loads(report)
    about_linting = [each for each in found if each["code"].startswith("TL9")]
    return [(each["code"], each["location"]["row"]) for each in found if each not in about_linting], about_linting


def check_the_rule_is_named(found: list[dict[str, Any]]) -> None:
    (problem,) = found
    assert (problem["code"], Path(problem["filename"]).name, problem["location"]["row"]) == ("TL904", "train.py", 10)
    assert "failing-rule (TL298)" in problem["message"] and "LookupError: no such thing" in problem["message"]


def test_on_the_command_line(plugin: Path) -> None:
    report = python(plugin, "-m", "torchlint", "--isolated", "--output-format", "json", "train.py")
    ours, about_linting = judged(report)
    assert ours == FINDS
    check_the_rule_is_named(about_linting)


@pytest.mark.slow
def test_under_watch(plugin: Path) -> None:
    python(plugin, "-m", "torchlint", "run", "--isolated", "--output-format", "json", "-o", "report.json", "train.py")
    ours, about_linting = judged((plugin / "report.json").read_text())
    assert ours == FINDS
    check_the_rule_is_named(about_linting)


@pytest.mark.slow
def test_where_a_program_watches_itself(plugin: Path) -> None:
    (plugin / "watched.py").write_text(
        "from torchlint import live\n"
        "with live.watch() as watch:\n"
        "    import train\n"
        "print([(each.code, each.site.line) for each in watch.findings])\n"
    )
    assert python(plugin, "watched.py").strip() == str([*FINDS, ("TL904", 10)])


def test_a_rule_that_is_off_cannot_fail(plugin: Path) -> None:
    options = ("--isolated", "--output-format", "json", "--ignore", "TL298")
    assert judged(python(plugin, "-m", "torchlint", *options, "train.py")) == (FINDS, [])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import no_such_package\n", "ModuleNotFoundError: No module named 'no_such_package'"),
        ("def check(\n", "SyntaxError: "),
        ("RULE = 'TL298'\n", "TypeError: failing_rules.failing_rule.RULE must be a Rule, not str"),
        (RULE.replace("TL298", "TL204"), "ValueError: TL204 names two rules"),
        (RULE.replace("iteration: TrainingIteration", "iteration"), "must take one kind of fact"),
    ],
)
def test_a_package_whose_rules_cannot_be_loaded_is_named(plugin: Path, text: str, words: str) -> None:
    (plugin / "failing_rules" / "failing_rule.py").write_text(text.lstrip())
    command = [sys.executable, "-m", "torchlint", "train.py"]
    environment = {**os.environ, "PYTHONPATH": str(plugin)}
    done = subprocess.run(command, cwd=plugin, env=environment, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (2, "")
    start = 'error: the rules of the package "failing-rules" (entry point failing = failing_rules) cannot be loaded: '
    assert done.stderr.startswith(start), done.stderr
    assert words in done.stderr and len(done.stderr.splitlines()) == 1
