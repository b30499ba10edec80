"""`torchlint rules` and `torchlint explain`."""

import json
import re
from html import unescape
from pathlib import Path

import pytest

from torchlint.rule import load_rules

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


def test_pages_are_written_as_markdown(tmp_path: Path, run: Run) -> None:
    assert run("rules", "--format", "markdown", "--output", str(tmp_path / "pages"), real=True).returncode == 0
    index = (tmp_path / "pages" / "index.md").read_text("utf-8")
    assert "| TL201 | [clip-after-step](TL201.md) | error |" in index
    page = (tmp_path / "pages" / "TL201.md").read_text("utf-8")
    assert page == run("explain", "TL201", real=True).stdout
    assert index.count(".md)") == len(list((tmp_path / "pages").iterdir())) - 1


def test_pages_are_written_as_html_that_asks_no_network(tmp_path: Path, run: Run) -> None:
    assert run("rules", "--format", "html", "-o", "pages", real=True).returncode == 0
    pages = {file.name: file.read_text("utf-8") for file in (tmp_path / "pages").iterdir()}
    targets = {name: re.findall(r'(?:href|src)="([^"]*)"', text) for name, text in pages.items()}
    local = {target for found in targets.values() for target in found if not re.match("https?://", target)}
    assert local == pages.keys()
    assert all(not re.search(r"<link|<script src|@import|url\(", text) for text in pages.values())
    assert set(targets["index.html"]) == pages.keys() - {"index.html"}


def test_a_page_in_html_says_what_its_markdown_does(tmp_path: Path, run: Run) -> None:
    run("rules", "--format", "html", "-o", "pages", real=True)
    for code, rule in load_rules().items():
        html = (tmp_path / "pages" / f"{code}.html").read_text("utf-8")
        body = html[html.index("<h1>") : html.index("<footer>")]
        told = unescape(re.sub(r"<[^>]+>", "", body))
        plain = re.sub(r"```\w*|`|^## ", "", rule.page[rule.page.index("## ") :], flags=re.MULTILINE)
        assert " ".join(plain.split()) in " ".join(told.split()), code


@pytest.mark.parametrize("options", [("--output", "pages"), ("--format", "json", "--output", "pages")])
def test_pages_are_markdown_or_html(run: Run, options: tuple[str, ...]) -> None:
    done = run("rules", *options)
    assert (done.returncode, done.stderr) == (2, "error: --output takes --format markdown or --format html\n")
    assert run("rules", "--format", "html").stderr == "error: --format html takes --output FOLDER\n"


@pytest.mark.usefixtures("project")
def test_reports_lead_to_the_pages_that_the_configuration_names(tmp_path: Path, run: Run) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.torchlint]\nrule-pages = "https://example.org/rules/"\n')
    assert json.loads(run("--output", "json").stdout)[0]["url"] == "https://example.org/rules/TL201.html"
    rules = json.loads(run("--output", "sarif").stdout)["runs"][0]["tool"]["driver"]["rules"]
    assert rules[0]["helpUri"] == "https://example.org/rules/TL201.html"


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
