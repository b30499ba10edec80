"""`torchlint rules` and `torchlint explain`."""

import json
from pathlib import Path

from .conftest import Run


def test_rules_are_listed_as_text_markdown_and_json(run: Run) -> None:
    text = run("rules").stdout.splitlines()
    assert text[0] == "TL201  clip-after-step      error    SL  yes  -  A line with a clip."
    assert run("rules", "--format", "markdown").stdout.splitlines()[2].startswith("| TL201 | clip-after-step | error |")
    listed = json.loads(run("rules", "--format", "json").stdout)
    assert listed[2]["name"] == "missing-seed"
    assert listed[2]["default"] is False


def test_a_page_is_found_by_code_and_by_name(run: Run) -> None:
    by_code = run("explain", "tl901", real=True)
    assert by_code.stdout.startswith("# unparsed-file (TL901)\n")
    assert "## What stays silent" in by_code.stdout
    assert run("explain", "unparsed-file", real=True).stdout == by_code.stdout


def test_pages_are_written_with_an_index(tmp_path: Path, run: Run) -> None:
    assert run("rules", "--format", "markdown", "--output-folder", str(tmp_path / "pages"), real=True).returncode == 0
    index = (tmp_path / "pages" / "index.md").read_text("utf-8")
    assert "| TL201 | [clip-after-step](clip-after-step.md) | error |" in index
    page = (tmp_path / "pages" / "clip-after-step.md").read_text("utf-8")
    assert page == run("explain", "TL201", real=True).stdout
    assert index.count(".md)") == len(list((tmp_path / "pages").iterdir())) - 1


def test_pages_are_markdown(tmp_path: Path, run: Run) -> None:
    done = run("rules", "--output-folder", str(tmp_path))
    assert done.returncode == 2
    assert done.stderr == "error: --output-folder takes --format markdown\n"


def test_an_unknown_rule_exits_with_two_and_the_nearest_one(run: Run) -> None:
    done = run("explain", "clip-after-stop")
    assert done.returncode == 2
    assert done.stderr == 'error: there is no rule "clip-after-stop"; did you mean "clip-after-step"?\n'


def test_the_start_of_a_code_lists_the_rules(run: Run) -> None:
    done = run("explain", "TL2")
    assert done.returncode == 0
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        ["TL201", "clip-after-step"],
        ["TL204", "missing-zero-grad"],
    ]


def test_a_folder_with_the_name_of_a_command_can_be_linted(tmp_path: Path, run: Run) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.py").write_text("clip\n")
    assert run("./rules").returncode == run("check", "rules").returncode == 1
