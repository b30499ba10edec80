"""Comments that silence findings, and those that silence nothing."""

import json
from pathlib import Path

import pytest

from torchlint.cli.suppression import suppressions_in

from .conftest import Run


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
        ("+ '# noqa'", False),
    ],
)
def test_a_comment_silences_what_it_names(comment: str, silent: bool) -> None:
    from torchlint.cli.suppression import keep
    from torchlint.facts.site import Site
    from torchlint.finding import Finding, Severity
    from torchlint.rule import LoadedRule, Rule

    rules = {
        code: LoadedRule(Rule(code, name, Severity.ERROR), "", ())
        for code, name in (("TL201", "clip-after-step"), ("TL204", "missing-zero-grad"))
    }
    finding = Finding("TL201", "clip-after-step", Severity.ERROR, "", "", Site("x.py", 1, 1, 1, 5))
    kept = keep([(1, finding)], suppressions_in(f"clip = 'x' {comment}\n"), rules)
    assert (kept == []) == silent


def test_lines_of_the_finding_and_the_first_of_its_statement_count() -> None:
    from torchlint.cli.suppression import keep
    from torchlint.facts.site import Site
    from torchlint.finding import Finding, Severity

    finding = Finding("TL201", "clip-after-step", Severity.ERROR, "", "", Site("x.py", 3, 1, 4, 2))
    for line in range(1, 6):
        text = "\n" * (line - 1) + "x  # noqa\n"
        assert (keep([(2, finding)], suppressions_in(text), {}) == []) == (2 <= line <= 4)


def test_a_whole_file_may_be_silent(project: Path, run: Run) -> None:
    file = project / "train.py"
    file.write_text("clip\nclear\n# torchlint: ignore-file[clip-after-step]\n")
    assert [each["code"] for each in json.loads(run("--output-format", "json").stdout)] == ["TL204"]
    file.write_text("clip\nclear\n# torchlint: ignore-file\n")
    assert run().returncode == 0


def test_comments_are_found_where_a_file_cannot_be_tokenized() -> None:
    text = "x = (  # noqa: TL1\n\tif y:\n  z = '''\n# torchlint: ignore-file[TL901]\n"
    assert {each.words for each in suppressions_in(text)} >= {("TL1",)}
    broken = "if x:\n        y\n    z\nprint 'a'  # torchlint: ignore-file[TL901]\n"
    assert [(each.line, each.whole_file) for each in suppressions_in(broken)] == [(4, True)]


def test_line_ends_of_every_kind_are_counted() -> None:
    assert [each.line for each in suppressions_in("a\r\nb # noqa\rc # noqa\n\x0cd # noqa\n")] == [2, 3, 4]


def test_a_comment_that_silences_nothing_is_reported_when_asked(tmp_path: Path, run: Run) -> None:
    (tmp_path / "train.py").write_text(
        "clip  # noqa: TL201\n"
        "x = 1  # noqa: TL201, E501\n"
        "x = 1  # noqa\n"
        "x = 1  # noqa: E501\n"
        "clip  # torchlint: ignore[TL201, TL204]\n"
        "x = 1  # torchlint: ignore\n"
        "x = 1  # torchlint: ignore[no-such-rule]\n"
        "quiet  # noqa: TL603\n"
        "x = 1  # torchlint: ignore[TL201, TL903]\n"
        "# torchlint: ignore-file[missing-seed]\n"
    )
    assert run("-q").stdout == ""
    for options in (("--select", "TL903"), ("--extend-select", "unused-suppression")):
        issues = json.loads(run("--output-format", "json", *options).stdout)
        assert {each["code"] for each in issues} == {"TL903"}
        assert [each["location"]["row"] for each in issues] == [2, 5, 6, 7]
    assert issues[0]["location"]["column"] == 8
    assert "TL201 is not reported on this line" in issues[0]["message"]
    assert "TL204 is not reported" in issues[1]["message"]
    assert "no-such-rule is no rule" in issues[3]["message"]


def test_nothing_is_said_of_comments_in_a_file_that_was_not_checked(tmp_path: Path, run: Run) -> None:
    (tmp_path / "train.py").write_text("broken\nx = 1  # noqa: TL201\n")
    issues = json.loads(run("--output-format", "json", "--select", "ALL").stdout)
    assert [each["code"] for each in issues] == ["TL901"]
