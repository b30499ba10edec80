"""What is found in a script does not hang on the scripts that are linted beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

from torchlint.judge import judge
from torchlint.problem import Problem
from torchlint.rule import LoadedRule, load_rules
from torchlint.source.lint import examine
from torchlint.source.paper.run import run_project
from torchlint.source.project import Project
from torchlint.source.read import deep_recursion, read
from torchlint.source.syntax import Summary

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
SCRIPTS = sorted({*FIXTURES.rglob("plain.py"), *FIXTURES.rglob("plain_case.py")})
HEALTHY = """
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def fit(model, optimizer):
    pictures = TensorDataset(torch.randn(64, 6), torch.randint(0, 3, (64,)))
    for x, y in DataLoader(pictures, batch_size=8, shuffle=True):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()


model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3))
"""
OF_ONE_MODEL = HEALTHY + "fit(model, torch.optim.SGD(model.parameters(), lr=0.1))\n"
OF_WHAT_IS_NOT_KNOWN = f"""{HEALTHY}
weights, biases = [], []
for name, each in model.named_parameters():
    (biases if name.endswith("bias") else weights).append(each)
fit(model, torch.optim.AdamW([{{"params": weights}}, {{"params": biases, "weight_decay": 0.0}}]))
"""
CUT = """
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(8, 8)
        self.head = nn.Linear(8, 2)

    def forward(self, x):
        return self.head(self.body(x).detach())


if __name__ == "__main__":
    print(Encoder()(torch.randn(4, 8)))
"""

Found = tuple[str, int, str, str]


@pytest.fixture(scope="module")
def rules() -> list[LoadedRule]:
    return [rule for rule in load_rules().values() if rule.rule.default]


def findings(files: list[Path], rules: list[LoadedRule]) -> set[Found]:
    """What is found in these files, linted together."""
    facts = examine([file.as_posix() for file in files], jobs=1).facts
    return {(each.site.file, each.site.line, each.code, each.message) for each in judge(facts, rules)}


def test_healthy_neighbours_change_nothing(tmp_path: Path, rules: list[LoadedRule]) -> None:
    beside = [tmp_path / "one_model.py", tmp_path / "not_known.py"]
    for file, text in zip(beside, (OF_ONE_MODEL, OF_WHAT_IS_NOT_KNOWN), strict=True):
        file.write_text(text)
    assert not findings(beside, rules)
    different = [script for script in SCRIPTS if findings([script], rules) != findings([script, *beside], rules)]
    assert not different


def test_an_optimizer_of_another_program_freezes_nothing(tmp_path: Path, rules: list[LoadedRule]) -> None:
    script, beside = tmp_path / "encoder.py", tmp_path / "neighbour.py"
    script.write_text(CUT)
    beside.write_text(OF_ONE_MODEL)
    alone = findings([script], rules)
    assert [code for _, _, code, _ in alone] == ["TL112"]
    assert findings([script, beside], rules) == alone


@pytest.fixture(scope="module")
def alone(rules: list[LoadedRule]) -> dict[Path, set[Found]]:
    """What is found in each script that imports no other one, by itself."""
    scripts = [
        script for script in sorted(FIXTURES.rglob("*.py")) if script.suffixes == [".py"] and not _is_linked(script)
    ]
    return {script: together([script], rules) for script in scripts}


def together(files: Iterable[Path], rules: list[LoadedRule]) -> set[Found]:
    """What is found in these files, linted together and linked with no others."""
    summaries = [each for file in files if isinstance(each := summary(file), Summary)]
    with deep_recursion():
        facts, _ = run_project(Project(summaries, lambda path: None))
    return {(each.site.file, each.site.line, each.code, each.message) for each in judge(facts, rules)}


@cache
def summary(file: Path) -> Summary | Problem:
    return read(file.as_posix())


def _is_linked(script: Path) -> bool:
    """Whether there are other files in its folder that it imports, or that import it."""
    words = {
        script.stem: script.read_text("utf-8") for script in script.parent.glob("*.py") if script.suffixes == [".py"]
    }
    mine = words.pop(script.stem)
    return any(re.search(rf"\b(?:from|import) {other}\b", mine) for other in words) or any(
        re.search(rf"\b(?:from|import) {script.stem}\b", text) for text in words.values()
    )


@pytest.mark.slow
def test_two_scripts_change_nothing_in_what_is_said_of_each_other(
    alone: dict[Path, set[Found]], rules: list[LoadedRule]
) -> None:
    sample = list(alone)[5::16]
    different = [
        (first, second, difference)
        for first, second in combinations(sample, 2)
        if (difference := together((first, second), rules) ^ (alone[first] | alone[second]))
    ]
    assert len(sample) > 20
    assert not different


@pytest.mark.slow
def test_all_scripts_change_nothing_in_what_is_said_of_each(
    alone: dict[Path, set[Found]], rules: list[LoadedRule]
) -> None:
    # Which of several classes is named hangs on the words of all files: by these it is decided what is worth running.
    said, apart = together(alone, rules), set[Found]().union(*alone.values())
    assert not {each[:3] for each in said} ^ {each[:3] for each in apart}
