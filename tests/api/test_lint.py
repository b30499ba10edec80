"""`torchlint.lint`: the findings of the command line, for other programs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import torchlint
from torchlint.cli.main import exit_code

PRACTICES = Path(__file__).parents[2] / "fixtures" / "practices"
CLEAN = "import torch\n\nlayer = torch.nn.Linear(2, 2)\n"
BROKEN = "from torch.autograd import Variable\nimport torch\n\nx = Variable(torch.ones(1))\n"


def codes(findings: list[torchlint.Finding]) -> list[tuple[str, int]]:
    return [(each.code, each.site.line) for each in findings]


def test_it_finds_what_the_command_line_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["torchlint", "--isolated", "--output-format", "json", str(PRACTICES)])
    assert exit_code() == 1
    printed = [(each["code"], each["location"]["row"]) for each in json.loads(capsys.readouterr().out)]
    assert codes(torchlint.lint(PRACTICES, isolated=True)) == printed
    assert len(printed) > 10


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text(BROKEN)
    return tmp_path / "train.py"


def test_rules_are_chosen_as_on_the_command_line(train: Path) -> None:
    assert codes(torchlint.lint(train)) == [("TL601", 4)]
    assert codes(torchlint.lint([train], select="TL6,deprecated-variable")) == [("TL601", 4)]
    assert torchlint.lint(train, select=["TL1"]) == torchlint.lint("train.py", ignore="deprecated-variable") == []
    assert torchlint.lint(train)[0].severity is torchlint.Severity.ADVICE


def test_a_configuration_is_read_unless_it_is_not_to_be(train: Path) -> None:
    train.with_name("pyproject.toml").write_text('[tool.torchlint]\nexclude = ["train.py"]\nignore = ["TL601"]\n')
    train.with_name("other.toml").write_text('severity = { TL601 = "error" }\n')
    assert torchlint.lint() == torchlint.lint(train) == []
    assert codes(torchlint.lint(train, isolated=True)) == [("TL601", 4)]
    assert torchlint.lint(train, config="other.toml")[0].severity is torchlint.Severity.ERROR
    assert torchlint.lint(train, extend_select="TL601", force_exclude=True) == []
    assert torchlint.lint(train, text=BROKEN, extend_select="TL601", force_exclude=True) == []


def test_text_that_is_not_on_the_disk_is_linted(train: Path) -> None:
    assert torchlint.lint(train, text=CLEAN) == []
    assert codes(torchlint.lint("new.py", text=BROKEN.encode())) == [("TL601", 4)]


def test_what_a_baseline_knows_is_left_out(train: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["torchlint", "baseline", "-o", "known.json"])
    assert exit_code() == 0
    assert torchlint.lint(train, baseline="known.json") == []
    assert codes(torchlint.lint(train)) == [("TL601", 4)]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({"paths": "no_such.py"}, "no_such.py: No such file"),
        ({"select": "TL0"}, 'no rule matches "TL0"'),
        ({"select": []}, "names no rule"),
        ({"config": "no_such.toml"}, "no_such.toml cannot be read"),
        ({"rules": "no_such"}, "there is no such folder"),
        ({"paths": ["a.py", "b.py"], "text": ""}, "text is that of one path"),
    ],
)
def test_wrong_calls_are_told(train: Path, call: dict[str, object], words: str) -> None:
    with pytest.raises(torchlint.UsageError, match=words):
        torchlint.lint(**{"paths": train} | call)  # type: ignore[arg-type]


def test_importing_it_imports_nothing_else() -> None:
    program = (
        "import sys, torchlint; print([name for name in sys.modules if name.startswith('torchlint.')]);"
        "print(torchlint.lint.__name__, {*torchlint.__all__} <= {*dir(torchlint)}, 'libcst' in sys.modules,"
        "hasattr(torchlint, 'no_such_name'))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "lint True False False"]
