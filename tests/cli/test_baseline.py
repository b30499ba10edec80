"""`torchlint baseline` and `--baseline`: old code reports only what is new."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from .conftest import Run

FILE = "torchlint-baseline.json"
FINDING = re.compile(r"(\S+: )\w+\[(TL\d+)\]")
OLD = "def fit():\n    clip\n\n\ndef test():\n    clip\n    clear\n"


@pytest.fixture
def train(tmp_path: Path, run: Run) -> Path:
    """A file whose three findings are in the baseline."""
    file = tmp_path / "train.py"
    file.write_text(OLD)
    assert run("baseline").returncode == 0
    return file


def entries(folder: Path) -> list[dict[str, Any]]:
    data = json.loads((folder / FILE).read_text())
    assert data["version"] == 1
    found = data["findings"]
    assert isinstance(found, list)
    return found


def checked(run: Run, *options: str) -> tuple[list[str], str, list[str]]:
    """Place and code of what is reported, the lines that sum it up, and what is said on standard error."""
    done = run("--baseline", FILE, "--output", "concise", *options)
    lines = done.stdout.splitlines()
    found = [f"{match[1]}{match[2]}" for line in lines if (match := FINDING.match(line))]
    assert done.returncode == (1 if found else 0)
    return found, "\n".join(line for line in lines if not FINDING.match(line)), done.stderr.splitlines()


def test_a_baseline_holds_the_code_and_no_line(tmp_path: Path, train: Path) -> None:
    fit = {"file": "train.py", "code": "TL201", "name": "clip-after-step", "within": "fit", "text": "clip", "count": 1}
    clear = {"file": "train.py", "code": "TL204", "name": "missing-zero-grad", "within": "test", "text": "clear"}
    assert entries(tmp_path) == [fit, fit | {"within": "test"}, clear | {"count": 1}]


def test_what_is_known_is_not_reported(run: Run, train: Path) -> None:
    assert checked(run) == ([], f"All checks passed.\n3 known findings not shown, by {FILE}.", [])
    assert run("--output", "json", "--baseline", FILE).stdout == "[]\n"


def test_moved_lines_are_known_and_a_new_finding_is_reported(run: Run, train: Path) -> None:
    train.write_text("import torch\n\n" + OLD.replace("    clear", "        clear  # indented") + "    quiet\nclip\n")
    found, _, said = checked(run, "--extend-select", "TL603")
    assert (found, said) == (["train.py:10:5: TL603", "train.py:11:1: TL201"], [])


def test_two_findings_alike_are_counted(run: Run, tmp_path: Path, train: Path) -> None:
    train.write_text("clip\nclip\n")
    run("baseline")
    assert [each["count"] for each in entries(tmp_path)] == [2]
    train.write_text("clip\nclip\nclip\n")
    assert checked(run)[0] == ["train.py:3:1: TL201"]
    train.write_text("clip\n")
    assert checked(run)[2] == [
        f"{FILE}: 1 known finding is gone; `torchlint baseline --prune -o {FILE}` takes it out",
        "  train.py: TL201: clip",
    ]


def test_a_function_may_get_another_name(run: Run, train: Path) -> None:
    train.write_text(OLD.replace("fit", "train"))
    assert checked(run)[0] == []


def test_the_same_code_in_another_function_that_was_there_is_new(run: Run, train: Path) -> None:
    train.write_text("def fit():\n    pass\n\n\ndef test():\n    clip\n    clear\n    clip\n")
    found, _, said = checked(run)
    assert found == ["train.py:8:5: TL201"]
    assert said[1:] == ["  train.py: TL201 in fit: clip"]


def test_a_renamed_file_is_known_and_said(tmp_path: Path, run: Run, train: Path) -> None:
    (tmp_path / "other.py").write_text("clip\n")
    train.rename(tmp_path / "fitting.py")
    found, _, said = checked(run)
    assert found == ["other.py:1:1: TL201"]
    assert said == [f"{FILE}: train.py is now fitting.py; `torchlint baseline --prune -o {FILE}` writes the new name"]
    run("baseline", "--prune")
    assert {each["file"] for each in entries(tmp_path)} == {"fitting.py"}


def test_a_copied_file_is_new(tmp_path: Path, run: Run, train: Path) -> None:
    (tmp_path / "copy.py").write_text(OLD)
    assert len(checked(run)[0]) == 3


def test_prune_takes_out_what_is_gone_and_adds_nothing(tmp_path: Path, run: Run, train: Path) -> None:
    train.write_text("def test():\n    clip\n    clip\n")
    done = run("baseline", "--prune")
    assert done.stdout.startswith(f"{FILE}: 1 known finding (0 added, 2 taken out)\n")
    assert [each["within"] for each in entries(tmp_path)] == ["test"]
    assert checked(run)[0] == ["train.py:3:5: TL201"]
    run("baseline")
    assert [each["count"] for each in entries(tmp_path)] == [2]


def test_what_was_not_looked_at_is_not_gone(tmp_path: Path, run: Run, train: Path) -> None:
    other = tmp_path / "other.py"
    other.write_text("clear\n")
    assert checked(run, "other.py")[2] == []
    assert run("baseline", "other.py").stdout.startswith(f"{FILE}: 4 known findings (1 added, 0 taken out)\n")
    train.write_text("")
    assert len(checked(run, "--select", "TL204")[2]) == 2
    train.write_text("broken\n")
    assert checked(run)[2] == []


def test_a_deleted_file_is_gone(tmp_path: Path, run: Run, train: Path) -> None:
    (tmp_path / "other.py").write_text("clear\n")
    run("baseline")
    train.unlink()
    assert checked(run)[2][0].startswith(f"{FILE}: 3 known findings are gone; ")


@pytest.mark.usefixtures("train")
def test_the_configuration_names_a_baseline(tmp_path: Path, run: Run) -> None:
    (tmp_path / FILE).rename(tmp_path / "known.json")
    (tmp_path / "pyproject.toml").write_text('[tool.torchlint]\nbaseline = "known.json"\n')
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "new.py").write_text("clip\n")
    assert json.loads(run("--output", "json", "train.py").stdout) == []
    assert len(json.loads(run("--output", "json").stdout)) == 1
    assert len(json.loads(run("--output", "json", "--no-baseline").stdout)) == 4
    assert len(json.loads(run("--output", "json", "--isolated").stdout)) == 4
    assert run("baseline").stdout == "known.json: 4 known findings (1 added, 0 taken out)\n"


@pytest.mark.usefixtures("train")
def test_paths_are_those_from_the_folder_of_the_baseline(tmp_path: Path, run: Run) -> None:
    (tmp_path / "ci").mkdir()
    assert run("baseline", "-o", "ci/known.json").returncode == 0
    assert '"file": "../train.py"' in (tmp_path / "ci" / "known.json").read_text()
    assert run("--baseline", "ci/known.json").returncode == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no such file; `torchlint baseline` writes one"),
        ("{", "is no baseline: "),
        ("[]", 'it has no "version": 1'),
        ('{"version": 2}', 'it has no "version": 1'),
        ('{"version": 1, "findings": [{"file": "a.py"}]}', "its finding 1 is not as torchlint writes it"),
        ('{"version": 1, "findings": [3]}', "its finding 1"),
    ],
)
def test_a_broken_baseline_is_one_line(tmp_path: Path, run: Run, content: str | None, words: str) -> None:
    if content is not None:
        (tmp_path / FILE).write_text(content)
    (tmp_path / "train.py").write_text("clip\n")
    done = run("--baseline", FILE)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert FILE in done.stderr and words in done.stderr


def test_an_empty_baseline_knows_nothing(tmp_path: Path, run: Run) -> None:
    empty = run("baseline")
    assert (empty.returncode, empty.stderr) == (0, "warning: no Python files found under the given paths\n")
    (tmp_path / "train.py").write_text("clip\n")
    assert checked(run)[0] == ["train.py:1:1: TL201"]


def test_a_baseline_and_none_is_wrong_usage(run: Run) -> None:
    assert run("--baseline", "x.json", "--no-baseline").returncode == 2


@pytest.mark.usefixtures("project")
def test_a_missing_path_makes_no_baseline(tmp_path: Path, run: Run) -> None:
    done = run("baseline", "train.py", "gone")
    assert (done.returncode, done.stderr) == (2, "error: gone: No such file or directory\n")
    assert [path.name for path in tmp_path.iterdir()] == ["train.py"]


@pytest.mark.usefixtures("train")
def test_what_an_editor_hands_over_is_known_by_its_name(run: Run) -> None:
    typed = run("-", "--stdin-filename", "train.py", "--baseline", FILE, "--output", "json", stdin=f"clip\n{OLD}")
    assert [each["location"]["row"] for each in json.loads(typed.stdout)] == [1]
    assert typed.stderr == ""
