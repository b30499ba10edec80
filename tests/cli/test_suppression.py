"""Comments that silence findings, and those that silence nothing."""

import json
from pathlib import Path

import pytest

from torchlint.cli.suppressions.comments import comments_in
from torchlint.cli.suppressions.silencing import keep
from torchlint.facts.site import Site
from torchlint.finding import Finding, Severity
from torchlint.rule import LoadedRule, Rule

from .conftest import Run

RULES = {
    code: LoadedRule(Rule(code, name, Severity.ERROR), "", ())
    for code, name in (("TL201", "clip-after-step"), ("TL204", "missing-zero-grad"))
}


@pytest.mark.parametrize(
    ("comment", "silent"),
    [
        ("# noqa", True),
        ("# NOQA", True),
        ("#noqa:TL201", True),
        ("# noqa: TL201", True),
        ("# noqa: E501, TL201", True),
        ("# noqa: E501 TL201 since it is so", True),
        ("# noqa: TL2xx", True),
        ("# type: ignore # noqa: TL201", True),
        ("# torchlint: ignore", True),
        ("# torchlint: ignore[TL201]", True),
        ("# torchlint:ignore[TL204, clip-after-step]", True),
        ("# torchlint: ignore[TL2]", True),
        ("# noqa: TL204", False),
        ("# noqa: because", False),
        ("# noqable", False),
        ("# torchlint: ignore[]", False),
        ("# torchlint: ignore[TL204]", False),
        ("# torchlint: ignored", False),
        ("# torchlint: ignore -- we know", True),
        ("# torchlint: ignore[TL204 TL201] since we know", True),
        ("# torchlint: ignore TL201", False),
        ("# torchlint: ignore: TL201", False),
        ("# torchlint: ignore (TL201)", False),
        ("# torchlint: ignore[TL201", False),
        ("# torchlint: ignore[TL201  # see there]", False),
        ("# torchlint: ignore-line", False),
        ("# torchlint: ignore-line[TL201]", False),
        ("# torchlint: ignore because we know", False),
        ("# torchlint: disable=TL201", False),
        ("# torchlint ignore[TL201]", False),
        ("# noqa TL201", False),
        ("# noqa[TL201]", False),
        ("# noqa E501", True),
        ("+ '# noqa'", False),
    ],
)
def test_a_comment_silences_what_it_names(comment: str, silent: bool) -> None:
    finding = Finding("TL201", "clip-after-step", Severity.ERROR, "", "", Site("x.py", 1, 1, 1, 5))
    kept = keep([(1, finding)], comments_in(f"clip = 'x' {comment}\n", RULES).suppressions, RULES)
    assert (kept == []) == silent


def test_lines_of_the_finding_and_the_first_of_its_statement_count() -> None:
    finding = Finding("TL201", "clip-after-step", Severity.ERROR, "", "", Site("x.py", 3, 1, 4, 2))
    for line in range(1, 6):
        text = "\n" * (line - 1) + "x  # noqa\n"
        assert (keep([(2, finding)], comments_in(text, {}).suppressions, {}) == []) == (2 <= line <= 4)


def test_a_whole_file_may_be_silent(project: Path, run: Run) -> None:
    file = project / "train.py"
    file.write_text("clip\nclear\n# torchlint: ignore-file[clip-after-step]\n")
    assert [each["code"] for each in json.loads(run("--output-format", "json").stdout)] == ["TL204"]
    file.write_text("clip\nclear\n# torchlint: ignore-file\n")
    assert run().returncode == 0


def test_comments_are_found_where_a_file_cannot_be_tokenized() -> None:
    text = "x = (  # noqa: TL1\n\tif y:\n  z = '''\n# torchlint: ignore-file[TL901]\n"
    assert {each.words for each in comments_in(text, {}).suppressions} >= {("TL1",)}
    broken = "if x:\n        y\n    z\nprint 'a'  # torchlint: ignore-file[TL901]\n"
    assert [(each.place.line, each.whole_file) for each in comments_in(broken, {}).suppressions] == [(4, True)]


def test_line_ends_of_every_kind_are_counted() -> None:
    text = "a\r\nb # noqa\rc # noqa\n\x0cd # noqa\n"
    assert [each.place.line for each in comments_in(text, {}).suppressions] == [2, 3, 4]


def test_a_comment_that_silences_nothing_is_reported_when_asked(tmp_path: Path, run: Run) -> None:
    (tmp_path / "train.py").write_text(
        "clip  # noqa: TL201\n"
        "x = 1  # noqa: TL201, E501\n"
        "x = 1  # noqa\n"
        "x = 1  # noqa: E501\n"
        "clip  # torchlint: ignore[TL201, TL204]\n"
        "x = 1  # torchlint: ignore\n"
        "quiet  # noqa: TL603\n"
        "x = 1  # torchlint: ignore[TL201, TL903]\n"
        "# torchlint: ignore-file[missing-seed]\n"
    )
    assert run("-q").stdout == ""
    for options in (("--select", "TL903"), ("--extend-select", "unused-suppression")):
        issues = json.loads(run("--output-format", "json", *options).stdout)
        assert {each["code"] for each in issues} == {"TL903"}
        assert [each["location"]["row"] for each in issues] == [2, 5, 6]
    assert issues[0]["location"]["column"] == 8
    assert "TL201 is not reported on this line" in issues[0]["message"]
    assert "TL204 is not reported" in issues[1]["message"]


def test_nothing_is_said_of_comments_in_a_file_that_was_not_checked(tmp_path: Path, run: Run) -> None:
    (tmp_path / "train.py").write_text("broken\nx = 1  # noqa: TL201\n")
    issues = json.loads(run("--output-format", "json", "--select", "ALL").stdout)
    assert [each["code"] for each in issues] == ["TL901"]


@pytest.mark.parametrize(
    ("comment", "reason"),
    [
        (
            "# torchlint: ignore TL201",
            "the rules to ignore stand in brackets after `ignore`, a reason stands after ` -- `; "
            "did you mean `# torchlint: ignore[TL201]`?",
        ),
        (
            "# torchlint: ignore-file: clip-after-step, TL204",
            "the rules to ignore stand in brackets after `ignore`, a reason stands after ` -- `; "
            "did you mean `# torchlint: ignore-file[clip-after-step, TL204]`?",
        ),
        (
            "# torchlint: ignore the data is sorted",
            "the rules to ignore stand in brackets after `ignore`, a reason stands after ` -- `; "
            "did you mean `# torchlint: ignore -- the data is sorted`?",
        ),
        ("# torchlint: ignore[TL201", "its bracket is not closed; did you mean `# torchlint: ignore[TL201]`?"),
        ("# torchlint: ignore-line", 'there is no "ignore-line"; did you mean `# torchlint: ignore`?'),
        ("# torchlint: igonre[TL204]", 'there is no "igonre"; did you mean `# torchlint: ignore[TL204]`?'),
        ("# torchlint: disable=TL204", 'there is no "disable"; did you mean `# torchlint: ignore[TL204]`?'),
        (
            "# torchlint ignore[TL201]",
            'it must begin with "torchlint:"; did you mean `# torchlint: ignore[TL201]`?',
        ),
        (
            "# torch-lint: ignore",
            'it must begin with "torchlint:"; did you mean `# torchlint: ignore`?',
        ),
        ("# torchlint: ignore[]", "it names no rule"),
        ("# torchlint: ignore[clip-after-stop]", 'no rule matches "clip-after-stop"; did you mean "clip-after-step"?'),
        ("# torchlint: ignore[TL999]", 'no rule matches "TL999"'),
        ("# noqa TL201", "codes follow a colon; did you mean `# noqa: TL201`?"),
        ("# noqa: TL205", 'no rule matches "TL205"; did you mean "TL20'),
        (
            "# noqa: clip-after-step",
            "`noqa` takes codes, not names; did you mean `# torchlint: ignore[clip-after-step]`?",
        ),
    ],
)
def test_a_comment_that_is_written_wrong_is_told_what_was_meant(comment: str, reason: str) -> None:
    ((slip),) = comments_in(f"x = 1  {comment}\n", RULES).slips
    assert slip.reason.startswith(reason)
    assert (slip.place.line, slip.place.column) == (1, 8)


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # torchlint: the loader is sorted on purpose",
        "x = 1  # torchlint finds TL201 here",
        "x = 1  # noqa: E501, F401",
        "x = 1  # noqa because",
        "x = '# torchlint: ignore TL201'",
        "x = 1  # torchlint: ignore[TL2] TL201 is meant",
    ],
)
def test_what_is_no_slip_is_not_told(line: str) -> None:
    assert comments_in(line + "\n", RULES).slips == []


def test_wrong_comments_are_findings_wherever_they_stand(tmp_path: Path, run: Run) -> None:
    (tmp_path / "a.py").write_text("x = 1  # torchlint: ignore-line\n")
    (tmp_path / "b.py").write_text("clip  # torchlint: ignore[TL201, clip-after-stop]\n")
    (tmp_path / "c.py").write_text("x = 1  # torchlint: ignore-line\n# torchlint: ignore-file[TL905]\n")
    done = run("--output-format", "json", "--select", "TL2")
    issues = json.loads(done.stdout)
    assert done.returncode == 1
    assert [(Path(each["filename"]).name, each["code"], each["severity"]) for each in issues] == [
        ("a.py", "TL905", "warning"),
        ("b.py", "TL905", "warning"),
    ]
    assert issues[0]["location"] == {"row": 1, "column": 8}
    assert issues[0]["end_location"] == {"row": 1, "column": 32}
