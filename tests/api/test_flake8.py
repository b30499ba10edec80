"""The plugin of flake8, under the real flake8: the same findings, file by file."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import torchlint

pytestmark = pytest.mark.slow

PRACTICES = Path(__file__).parents[2] / "fixtures" / "practices"
FOLDERS = ("clip_between_backward_and_step", "register_layers", "switch_train_and_eval")


def flake8(folder: Path, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "flake8", "--isolated", "--select", "TL", *arguments]
    return subprocess.run(command, cwd=folder, input=stdin, capture_output=True, text=True, timeout=300)


def test_it_finds_the_same_file_by_file() -> None:
    done = flake8(PRACTICES, "--format", "%(path)s:%(row)d:%(col)d:%(code)s", "--jobs", "2", *FOLDERS)
    assert (done.returncode, done.stderr) == (1, "")
    found = Counter(done.stdout.splitlines())
    expected = Counter(
        f"{path.relative_to(PRACTICES)}:{each.site.line}:{each.site.column}:{each.code}"
        for folder in FOLDERS
        for path in sorted((PRACTICES / folder).rglob("*.py"))
        for each in torchlint.lint(path)
    )
    assert found == expected
    assert expected.total() > 5


@pytest.fixture
def train(tmp_path: Path) -> Path:
    text = "from torch.autograd import Variable\nimport torch\n\nx = Variable(torch.ones(1))\n"
    (tmp_path / "train.py").write_text(text)
    return tmp_path / "train.py"


def test_standard_input_comments_and_configuration_are_heeded(train: Path) -> None:
    text = train.read_text()
    shown = flake8(train.parent, "--stdin-display-name", "train.py", "-", stdin=text).stdout
    assert shown.startswith("train.py:4:5: TL601 ")
    assert flake8(train.parent, "-", stdin=text).stdout.startswith("stdin:4:5: TL601 ")
    train.write_text(text.replace("(1))\n", "(1))  # torchlint: ignore[deprecated-variable]\n"))
    assert flake8(train.parent, "train.py").stdout == ""
    train.write_text(text)
    (train.parent / "pyproject.toml").write_text('[tool.torchlint]\nexclude = ["train.py"]\n')
    assert flake8(train.parent, "train.py").stdout == ""


def test_a_wrong_configuration_is_named(train: Path) -> None:
    (train.parent / "pyproject.toml").write_text('[tool.torchlint]\nignroe = ["TL601"]\n')
    done = flake8(train.parent, "train.py")
    assert done.returncode == 1
    assert "unknown key `ignroe`" in done.stdout + done.stderr
