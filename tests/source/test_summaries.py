"""What was read before changes nothing in what is found, and only what a file means to others is run again."""

from __future__ import annotations

from pathlib import Path

import pytest

from torchlint.finding import Finding
from torchlint.judge import judge
from torchlint.problem import Problem
from torchlint.rule import load_rules
from torchlint.source import pool
from torchlint.source.lint import examine
from torchlint.source.pool import Summaries
from torchlint.source.screen import importing, screened, worth_parsing

FILES = {
    "model.py": """\
from torch import nn


def model():
    return nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 3))
""",
    "train.py": """\
import torch
from torch import nn
from model import model

net = model()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for x, y in [(torch.randn(8, 4), torch.zeros(8, dtype=torch.long))] * 100:
    nn.functional.cross_entropy(net(x), y).backward()
    optimizer.step()
""",
    "main.py": "import train\n",
    "other.py": "import torch\n\ntorch.manual_seed(0)\n",
    "broken.py": "import torch\nfor\n",
}


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return [str(tmp_path / name) for name in FILES]


RULES = load_rules()
Told = tuple[list[Finding], list[Problem]]


def told(
    paths: list[str],
    given: dict[str, bytes] | None = None,
    summaries: Summaries | None = None,
    about: set[str] | None = None,
) -> Told:
    """All findings, and the problems."""
    found = examine(paths, jobs=1, given=given or {}, summaries=summaries, about=about)
    return judge(found.facts, RULES.values()), found.problems


def test_what_is_kept_gives_what_is_read_anew(paths: list[str]) -> None:
    summaries = Summaries()
    anew = told(paths)
    assert anew[0]
    assert anew[1]
    for _ in range(3):
        assert told(paths, summaries=summaries) == anew
    model = paths[0]
    edited = {model: FILES["model.py"].replace("nn.ReLU()", "nn.Softmax(1)").encode()}
    assert told(paths, edited, summaries=summaries) == told(paths, edited)
    assert told(paths, summaries=summaries) == anew


def test_a_file_that_was_written_is_read_again_and_no_other(paths: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    summaries = Summaries()
    told(paths, summaries=summaries)
    read: list[str] = []
    reading = pool.read_all
    monkeypatch.setattr(pool, "read_all", lambda paths, jobs=None: (read.extend(paths), reading(paths, jobs=jobs))[1])
    Path(paths[1]).write_text(FILES["train.py"].replace("    optimizer.step()\n", ""))
    assert told(paths, summaries=summaries) == told(paths)
    assert read == [paths[1]]


def test_the_facts_about_one_file_are_those_of_the_whole(paths: list[str]) -> None:
    screen = {path: screened(path, Path(path).read_bytes()) for path in paths}
    model, train, main, _, _ = paths
    assert importing([model], screen) == {model, train, main}
    assert importing([train], screen) == {train, main}
    whole, _ = told(paths)
    part, _ = told(paths, about=importing([train], screen))
    assert any(each.site.file == train for each in whole)
    assert [each for each in part if each.site.file == train] == [each for each in whole if each.site.file == train]
    nothing, _ = told(paths, about={main + "x"})
    assert nothing == []


@pytest.mark.parametrize(
    ("line", "is_used"),
    [
        ("import pack.part", True),
        ("import pack.part as it", True),
        ("from pack import part", True),
        ("from pack.part import name", True),
        ("from .part import name", True),
        ("from . import part, other", True),
        ("import part.pack", True),
        ("import apart", False),
        ("from other.part import name", False),
        ("part = 1", False),
    ],
)
def test_who_imports_a_file_is_seen_by_its_names(line: str, is_used: bool) -> None:
    screen = {"/home/pack/use.py": screened("/home/pack/use.py", line.encode())}
    assert ("/home/pack/use.py" in importing(["/home/pack/part.py"], screen)) == is_used


def test_what_an_edited_file_imports_is_worth_parsing(tmp_path: Path) -> None:
    train, plain = tmp_path / "train.py", tmp_path / "plain.py"
    train.write_text("")
    plain.write_text("rate = 0.1\n")
    paths = [str(train), str(plain)]
    assert worth_parsing(paths) == set()
    assert worth_parsing(paths, {str(train): b"import torch\nimport plain\n"}) == set(paths)
