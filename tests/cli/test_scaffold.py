"""`torchlint new` writes a rule and its fixture, and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

from torchlint.cli.scaffold import OWN
from torchlint.rule import load_rules

from .conftest import Run


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for family, code in (("hygiene", "TL601"), ("loss", "TL501")):
        folder = tmp_path / "rules" / "torchlint_rules" / family
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("")
        (folder / "first.py").write_text(f'RULE = Rule(code="{code}", name="first", severity=Severity.ERROR)\n')
    return tmp_path


def test_two_files_are_written_and_the_rule_loads(checkout: Path, run: Run) -> None:
    before = set(checkout.rglob("*"))
    done = run("new", "odd-thing", "--family", "loss", real=True)
    rule = checkout / "rules" / "torchlint_rules" / "loss" / "odd_thing.py"
    fixture = checkout / "fixtures" / "loss" / "odd_thing.py"
    assert done.returncode == 0, done.stderr
    assert {path for path in set(checkout.rglob("*")) - before if path.is_file()} == {rule, fixture}
    assert "# want: TL502" in fixture.read_text()
    program = (
        "import importlib.util as u; from torchlint.rule import load, SECTIONS;"
        f"s = u.spec_from_file_location('odd_thing', {str(rule)!r}); m = u.module_from_spec(s);"
        "s.loader.exec_module(m); r = load(m); assert r.rule.code == 'TL502' and r.checks;"
        "assert all(r.section(title) for title in SECTIONS)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_nothing_is_overwritten(checkout: Path, run: Run) -> None:
    fixture = checkout / "fixtures" / "loss" / "first.py"
    fixture.parent.mkdir(parents=True)
    fixture.write_text("mine")
    for family in ("hygiene", "loss"):
        (checkout / "rules" / "torchlint_rules" / family / "first.py").unlink()
    done = run("new", "first", "--code", "TL503", "--family", "loss", real=True)
    assert done.returncode == 2
    assert "exists already" in done.stderr
    assert fixture.read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("OddThing",), ("small letters", "OddThing")),
        (("odd-thing", "--code", "X1"), ("TL and three digits",)),
        (("odd-thing", "--code", "TL601"), ("TL601 is taken",)),
        (("first", "--family", "loss"), ("there is a rule first already", "torchlint_rules")),
        (("odd-thing", "--family", "los"), ('did you mean "loss"', "hygiene, loss")),
        (("odd-thing", "--code", "TL901"), ("--family",)),
    ],
)
@pytest.mark.usefixtures("checkout")
def test_mistakes_are_told(run: Run, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    done = run("new", *arguments, real=True)
    assert done.returncode == 2
    assert all(word in done.stderr for word in words)


@pytest.mark.usefixtures("checkout")
def test_the_code_gives_the_family(run: Run) -> None:
    assert run("new", "odd-thing", "--code", "TL540", real=True).stdout.startswith(
        "TL540: wrote rules/torchlint_rules/loss/"
    )


def test_outside_a_checkout_it_is_a_rule_of_ones_own(tmp_path: Path, run: Run) -> None:
    first = run("new", "odd-thing", real=True)
    assert first.stdout == "TL801: wrote lint/odd_thing.py\nUse it with `torchlint --rules lint`.\n"
    assert run("new", "other-thing", "--rules", "lint", real=True).stdout.startswith("TL802: wrote lint/other_thing.py")
    assert sorted(path.name for path in tmp_path.rglob("*.py")) == ["odd_thing.py", "other_thing.py"]
    assert "| TL801 | odd-thing |" in run("rules", "--format", "markdown", "--rules", "lint", real=True).stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("odd-thing", "--code", "TL204"), "TL204 is taken, in torchlint"),
        (("missing-backward",), "there is a rule missing-backward already, TL206"),
        (("odd-thing", "--family", "loss"), "--family"),
    ],
)
def test_mistakes_are_told_outside_a_checkout_too(run: Run, arguments: tuple[str, ...], words: str) -> None:
    done = run("new", *arguments, real=True)
    assert (done.returncode, words in done.stderr) == (2, True)


def test_some_codes_are_left_to_rules_of_ones_own() -> None:
    assert not [code for code in load_rules() if int(code[2:]) in OWN]
