"""`--output FORMAT[:FILE]`: several reports of one run."""

import json
import os
import sys
from pathlib import Path

import pytest

from torchlint.cli.failure import UsageError
from torchlint.cli.reporting import outputs

from .conftest import Run

DATA = ("json", "jsonl", "sarif", "gitlab", "junit")


@pytest.mark.usefixtures("project")
def test_several_reports_at_once(tmp_path: Path, run: Run) -> None:
    done = run("--output", "sarif:out.sarif", "--output", "jsonl:out.jsonl", "--output", "concise")
    assert done.returncode == 1
    assert [line.partition(" ")[0] for line in done.stdout.splitlines()] == ["train.py:2:1:", "train.py:3:1:", "Found"]
    results = json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"]
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [each["ruleId"] for each in results] == [each["code"] for each in lines] == ["TL201", "TL204"]
    assert lines == json.loads(run("--output", "json").stdout)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.jsonl", "out.sarif", "train.py"]


@pytest.mark.usefixtures("project")
def test_what_is_read_may_share_the_screen_and_is_summed_up_once(run: Run) -> None:
    lines = run("--output", "concise", "--output", "github").stdout.splitlines()
    assert [line.partition(" ")[0] for line in lines[2:]] == ["::error", "::warning", "Found"]


@pytest.mark.parametrize("form", DATA)
def test_data_holds_nothing_but_data(tmp_path: Path, run: Run, form: str) -> None:
    (tmp_path / "train.py").write_text("import torch\n")
    done = run("--output", form)
    assert done.returncode == 0
    assert "All checks passed." not in done.stdout.splitlines()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--output sarif:", ("names no file",)),
        ("--output sarfi:out.sarif", ('there is no format "sarfi"; did you mean "sarif"?', "junit")),
        ("--output out.sarif", ('there is no format "out.sarif"', "sarif:out.sarif")),
        ("--output=", ("there is no format",)),
        ("--output sarif:absent/out.sarif", ("absent/out.sarif", "no folder")),
        ("--output sarif:.", ("it is a folder",)),
        ("--output json:out --output sarif:./out", ("two reports would go to",)),
        ("--output json --output sarif", ("json needs the screen for itself",)),
        ("--output full --output sarif", ("sarif needs the screen for itself",)),
        ("--output full --output-format json", ("--output-format",)),
        ("--output full --output-file out", ("--output-file",)),
        ("--output sarif --statistics", ("--statistics has no sarif format",)),
    ],
)
@pytest.mark.usefixtures("project")
def test_wrong_outputs_are_one_line_before_the_work(run: Run, options: str, words: tuple[str, ...]) -> None:
    done = run(*options.split(" "))
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert all(word in done.stderr for word in words), done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
@pytest.mark.usefixtures("project")
def test_a_report_that_cannot_be_written_takes_no_other_with_it(tmp_path: Path, run: Run) -> None:
    done = run("--output", "sarif:/dev/full", "--output", "json:out.json", "--output", "concise")
    assert done.returncode == 2
    assert done.stderr == "error: /dev/full cannot be written: No space left on device\n"
    assert len(json.loads((tmp_path / "out.json").read_text())) == 2
    assert "Found 2 findings" in done.stdout


def test_the_step_summary_gets_what_github_does_not_show(tmp_path: Path, run: Run) -> None:
    (tmp_path / "train.py").write_text("clip\n" * 12)
    summary = tmp_path / "summary.md"
    summary.write_text("# Of another step\n")
    done = run("--output", "github", GITHUB_STEP_SUMMARY=str(summary))
    assert done.stdout.count("::error ") == 10
    assert summary.read_text().startswith("# Of another step\n### torchlint: 2 more\n")
    missing = run("--output", "github", GITHUB_STEP_SUMMARY=str(tmp_path / "absent" / "summary.md"))
    assert missing.returncode == 1
    assert missing.stderr.startswith("warning: ")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
@pytest.mark.parametrize("form", [*DATA, "full", "concise", "github"])
def test_a_file_whose_name_is_no_text_has_a_place_in_every_format(tmp_path: Path, run: Run, form: str) -> None:
    name = b"a \xff<&>,%|.py"
    (tmp_path / os.fsdecode(name)).write_text("clip\n")
    assert run("--output", f"{form}:out").returncode == 1
    assert (tmp_path / "out").read_text("utf-8")
    assert run("baseline").returncode == 0
    assert run("--baseline", "torchlint-baseline.json", "--output", form).returncode == 0


def test_a_folder_that_may_not_be_written_in_is_said_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UsageError, match=r"out\.sarif cannot be written: nothing can be written in the folder \."):
        outputs(["sarif:out.sarif"], None, None)
    if Path("/dev/null").exists():
        assert outputs(["sarif:/dev/null"], None, None)[0].file == "/dev/null"
