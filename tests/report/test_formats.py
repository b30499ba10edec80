"""The formats that other programs read."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from torchlint.facts.evidence import Evidence
from torchlint.facts.site import Site
from torchlint.finding import Finding, Related, Severity
from torchlint.fix import Change, Patch
from torchlint.report.digest import digests
from torchlint.report.fingerprint import Fingerprints
from torchlint.report.github import LARGEST_SUMMARY, SHOWN, step_summary, workflow_commands
from torchlint.report.gitlab import code_quality
from torchlint.report.junit import junit
from torchlint.report.sarif import sarif
from torchlint.rule import load_rules

TEXT = "def fit(model):\n    loss.backward()\n    loss.backward()\n    optimizer.step()\n"
RULES = load_rules()


def finding(
    line: int = 2,
    *related: Related,
    file: str = "train.py",
    severity: Severity = Severity.ERROR,
    message: str = "It goes wrong.",
    code: str = "TL204",
) -> Finding:
    site = Site(file, line, 5, line, 20)
    return Finding(code, RULES[code].rule.name, severity, message, "Do this.", site, related)


def run_of(findings: Sequence[Finding], text: str | None = TEXT, **options: bool) -> dict[str, Any]:
    address = "https://example.org/TL204.html"
    (run,) = json.loads(sarif(findings, lambda _: text, RULES, {"TL204": address}, **options))["runs"]
    assert isinstance(run, dict)
    return run


def digest(text: str, line: int, file: str = "train.py") -> str:
    (result,) = run_of([finding(line, file=file)], text)["results"]
    (value,) = result["partialFingerprints"].values()
    assert isinstance(value, str)
    return value


def test_sarif_describes_the_rules_that_found_something_once() -> None:
    run = run_of([finding(2), finding(3), finding(4, code="TL201")])
    first, second = run["tool"]["driver"]["rules"]
    assert (first["id"], second["id"]) == ("TL201", "TL204")
    assert [each["ruleIndex"] for each in run["results"]] == [1, 1, 0]
    assert second["helpUri"] == "https://example.org/TL204.html"
    assert second["help"]["markdown"].startswith("## What it finds\n")
    assert second["defaultConfiguration"] == {"level": "error", "enabled": True}
    assert "helpUri" not in first


def test_sarif_names_places_below_the_current_folder_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = run_of([finding(file=str(tmp_path / "a b" / "train.py")), finding(file="/elsewhere/x.py")])
    inside, outside = (each["locations"][0]["physicalLocation"]["artifactLocation"] for each in run["results"])
    assert inside == {"uri": "a%20b/train.py", "uriBaseId": "%SRCROOT%"}
    assert run["originalUriBaseIds"]["%SRCROOT%"]["uri"] == tmp_path.as_uri() + "/"
    assert outside == {"uri": "file:///elsewhere/x.py"}


def test_sarif_links_from_the_message_to_the_places_that_explain_it() -> None:
    step = Related(Site("train.py", 4, 5, 4, 21), "the step of `nets[i](x)`")
    (result,) = run_of([finding(2, step, message="Here `layers[i](x)` is no link.")])["results"]
    assert result["message"]["text"] == (
        r"Here `layers\[i](x)` is no link. Do this. See [the step of `nets\[i\](x)`](1)."
    )
    (related,) = result["relatedLocations"]
    assert related["id"] == 1
    assert related["physicalLocation"]["region"]["snippet"]["text"] == "optimizer.step()"
    assert "codeFlows" not in result


def test_sarif_tells_the_calls_that_lead_to_a_finding_as_steps() -> None:
    call = Related(Site("main.py", 1, 1, 1, 4), "called from here", leads_here=True)
    (result,) = run_of([finding(2, call)])["results"]
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [each["location"]["message"]["text"] for each in steps] == ["called from here", "It goes wrong."]


def test_a_fingerprint_stays_when_lines_move_and_a_formatter_was_there() -> None:
    before = digest(TEXT, 2)
    assert digest("import torch\n\n\n" + TEXT, 5) == before
    assert digest(TEXT.replace("fit", "train"), 2) != before
    assert digest(TEXT, 4) != before
    assert digest(TEXT, 2, "other.py") != before


def test_blanks_quotes_and_commas_are_no_part_of_a_fingerprint() -> None:
    def text_of(code: str) -> str:
        lines = code.split("\n")
        site = Site("a.py", 1, 1, len(lines), len(lines[-1]) + 1)
        return Fingerprints(lambda _: code).of(Finding("TL204", "x", Severity.ERROR, "", "", site)).text

    assert text_of("call(a, 'b')") == text_of('call(\n    a,\n    "b",\n)') == 'call(a,"b")'
    assert text_of("call(a, b)") != text_of("call(a, c)")


def test_two_findings_alike_in_one_file_have_two_fingerprints() -> None:
    values = digests([finding(2), finding(3)], Fingerprints(lambda _: TEXT))
    assert len(set(values)) == 2
    assert values == [
        each["fingerprint"] for each in json.loads(code_quality([finding(2), finding(3)], lambda _: TEXT))
    ]


def test_sarif_says_what_the_live_eye_saw() -> None:
    evidence = Evidence((("norm", float("inf")),), step=3, ranks=(0,))
    seen = Finding("TL204", "n", Severity.ERROR, "m", "i", Site("a.py", 1), eye="live", evidence=evidence)
    (result,) = run_of([seen], None, eyes=True)["results"]
    assert result["properties"] == {"eye": "live", "evidence": {"numbers": {"norm": "inf"}, "step": 3, "ranks": [0]}}
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 1, "startColumn": 1}


def test_sarif_holds_the_fix_as_replacements() -> None:
    changes = (Change(Site("a.py", 2, 5, 2, 20), "x[0](y)"), Change(Site("a.py", 1, 1, 1, 1), "import torch\n"))
    mended = replace(finding(), patch=Patch("Call `x[0](y)`", False, changes))
    (fix,) = run_of([mended])["results"][0]["fixes"]
    assert fix["description"]["text"] == r"Call `x\[0](y)`"
    (change,) = fix["artifactChanges"]
    assert change["artifactLocation"]["uri"] == "a.py"
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 20},
            "insertedContent": {"text": "x[0](y)"},
        },
        {
            "deletedRegion": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1},
            "insertedContent": {"text": "import torch\n"},
        },
    ]
    assert "fixes" not in run_of([finding()])["results"][0]


def test_github_shows_ten_of_a_level_and_the_rest_stands_in_the_log_and_the_summary() -> None:
    advice = [finding(line, severity=Severity.ADVICE) for line in range(1, 3)]
    errors = [finding(line) for line in range(1, SHOWN + 3)]
    lines = workflow_commands([*advice, *errors]).splitlines()
    assert [line.partition(" ")[0] for line in lines[:SHOWN]] == ["::error"] * SHOWN
    assert [line.partition(" ")[0] for line in lines[SHOWN:]] == ["::notice"] * 2 + ["train.py:11:5:", "train.py:12:5:"]
    summary = step_summary([*advice, *errors])
    assert summary.startswith("### torchlint: 2 more\n")
    assert "| train.py:12:5 | TL204 | It goes wrong. Do this. |\n" in summary
    assert step_summary(advice) == ""


def test_github_is_told_nothing_by_a_name_that_looks_like_a_command() -> None:
    strange = finding(file="a,b\n::stop-commands::x:y%.py", message="100%\nwrong")
    lines = workflow_commands([strange] * (SHOWN + 1)).splitlines()
    assert len(lines) == SHOWN + 1
    assert lines[0].startswith(
        "::error file=a%2Cb%0A%3A%3Astop-commands%3A%3Ax%3Ay%25.py,line=2,endLine=2,col=5,endColumn=20,"
    )
    assert "100%25 wrong" in lines[0]
    assert lines[-1].startswith("a,b%0A::stop-commands::x:y%25.py:2:5: TL204")


def test_github_gets_columns_within_one_line_only() -> None:
    long = Finding("TL204", "n", Severity.WARNING, "m", "i", Site("a.py", 1, 3, 4, 2))
    assert workflow_commands([long]) == "::warning file=a.py,line=1,endLine=4,title=n (TL204)::a.py:1:3: TL204 m i\n"


def test_paths_are_those_from_the_root_of_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path / "src")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("CI_PROJECT_DIR", str(tmp_path))
    assert workflow_commands([finding()]).startswith("::error file=src/train.py,")
    assert json.loads(code_quality([finding()], lambda _: TEXT))[0]["location"]["path"] == "src/train.py"


def test_the_summary_of_a_step_stays_below_the_limit_of_github() -> None:
    many = [finding(line, message="m" * 1000) for line in range(1, 1500)]
    summary = step_summary(many)
    assert len(summary) < LARGEST_SUMMARY + 200
    assert summary.endswith(" more, in the log.\n")


def test_gitlab_gets_its_own_levels() -> None:
    levels = [json.loads(code_quality([finding(severity=level)], lambda _: TEXT))[0]["severity"] for level in Severity]
    assert levels == ["critical", "major", "minor"]


def test_junit_has_a_suite_for_each_file() -> None:
    root = ElementTree.fromstring(junit([finding(2), finding(3), finding(2, file="b.py", message="a < b \x00")]))
    assert [(suite.get("name"), suite.get("failures")) for suite in root] == [("train.py", "2"), ("b.py", "1")]
    assert (root.get("tests"), root.get("failures")) == ("3", "3")
    failure = root[1][0][0]
    assert failure.get("message") == "a < b \N{REPLACEMENT CHARACTER} Do this."
    assert root[0][0].get("name") == "TL204 missing-zero-grad (2:5)"


def test_junit_of_nothing_is_a_test_that_passes() -> None:
    root = ElementTree.fromstring(junit([]))
    assert (root.get("tests"), root.get("failures"), len(root[0])) == ("1", "0", 1)
    assert list(root[0][0]) == []
