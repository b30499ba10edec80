"""Every rule has the same form: its page, its metadata, its place, its fixture."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from torchlint.finding import Severity
from torchlint.rule import SECTIONS, LoadedRule, load_rules

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "rules" / "torchlint_rules"
FIXTURES = ROOT / "fixtures"
FILES = sorted(file for file in PACKAGE.rglob("*.py") if file.name != "__init__.py")
LINTING = "TL9"
"""How the codes of the rules about the linting itself begin: they have no check, and no fixture can show them."""
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)

of_each_rule = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


@pytest.fixture(scope="module")
def rules() -> dict[str, LoadedRule]:
    """The built-in rules by the name of their module."""
    ours = {file.stem.replace("_", "-") for file in FILES}
    by_name = {rule.rule.name: rule for rule in load_rules().values()}
    return {name.replace("-", "_"): rule for name, rule in by_name.items() if name in ours}


@of_each_rule
def test_the_page_has_all_its_sections_in_order(file: Path, rules: dict[str, LoadedRule]) -> None:
    loaded = rules[file.stem]
    title, _, page = loaded.page.partition("\n")
    assert title == f"{loaded.rule.code} {loaded.rule.name}"
    assert tuple(HEADING.findall(page)) == SECTIONS
    assert [section for section in SECTIONS if not loaded.section(section)] == []
    for section in ("Example", "Use instead"):
        assert "```" in loaded.section(section), f"{section} shows no code"


@of_each_rule
def test_the_examples_are_python(file: Path, rules: dict[str, LoadedRule]) -> None:
    if file.stem == "unparsed_file":
        return  # Its example is what Python does not read.
    for code in re.findall(r"```python\n(.*?)```", rules[file.stem].page, re.DOTALL):
        ast.parse(code)


@of_each_rule
def test_the_summary_is_one_line(file: Path, rules: dict[str, LoadedRule]) -> None:
    summary = rules[file.stem].summary
    assert summary[0].isupper() or summary[0] == "`", summary
    assert len(summary) <= 160, summary


@of_each_rule
def test_the_metadata_is_that_of_a_rule(file: Path, rules: dict[str, LoadedRule]) -> None:
    loaded = rules[file.stem]
    rule = loaded.rule
    assert re.fullmatch(r"TL\d{3}", rule.code)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
    assert isinstance(rule.severity, Severity)
    assert rule.eyes in ("S", "L", "SL")
    assert rule.fix in ("safe", "unsafe", "-")
    assert (not loaded.checks) == rule.code.startswith(LINTING)
    assert _promised(rule.fix, loaded.section("Fix safety")), "the page and RULE disagree about the fix"


def _promised(fix: str, text: str) -> bool:
    """Whether the page speaks of a fix of this kind."""
    match fix:
        case "safe":
            return text.startswith("Safe")
        case "unsafe":
            return text.startswith("Unsafe")
        case _:
            return "no fix" in text


@of_each_rule
def test_the_fixtures_show_what_it_finds(file: Path, rules: dict[str, LoadedRule]) -> None:
    rule = rules[file.stem].rule
    if rule.code.startswith(LINTING):
        return
    stem = FIXTURES / file.parent.name / file.stem
    scripts = [*stem.rglob("*.py"), *([stem.with_suffix(".py")] if stem.with_suffix(".py").exists() else [])]
    assert scripts, f"write fixtures/{file.parent.name}/{file.stem}.py"
    wanted = re.compile(rf"# want(?:\+\d+)?:.*\b{rule.code}\b")
    assert any(wanted.search(script.read_text("utf-8")) for script in scripts), f"none says want: {rule.code}"


@of_each_rule
def test_a_rule_is_short(file: Path) -> None:
    lines = len(file.read_text("utf-8").splitlines())
    assert lines <= 150, f"{lines} lines: is a fact missing from the vocabulary?"


def test_a_family_is_a_folder_and_the_start_of_its_codes(rules: dict[str, LoadedRule]) -> None:
    families = {(file.parent.name, rules[file.stem].rule.code[:3]) for file in FILES}
    assert len(families) == len({folder for folder, _ in families}) == len({start for _, start in families}), families


def test_codes_and_names_are_unique() -> None:
    codes = Counter(re.findall(r'RULE = Rule\(\s*(?:code=)?"(\w+)"', "".join(file.read_text() for file in FILES)))
    assert sum(codes.values()) == len(FILES)
    assert [code for code, count in codes.items() if count > 1] == []
    assert [name for name, count in Counter(file.stem for file in FILES).items() if count > 1] == []
