"""CONTRIBUTING.md names only what is there: files, folders, `module:name` and words of the code."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
WORD = re.compile(r"[A-Za-z_][\w.]*")
REFERENCE = re.compile(r"(?P<module>[a-z_]\w*(?:\.\w+)+):(?P<name>\w+(?:\.\w+)*)")
SOURCES = ("torchlint", "rules", "tests")
PATH = re.compile(
    r"(?<![\w./-])\.?[\w.-]+(?:/[\w.-]+)+/?|(?<![\w./-])[\w-]+(?:/|\.(?:py|md|toml|txt|jsonl|yml))(?![\w/])"
)
MADE = (".venv/",)
"""What the commands make first."""


def paths_in(text: str) -> list[str]:
    """The files and folders of the repository that a piece of code names, in commands too."""
    return [each for each in PATH.findall(text) if not each.startswith(MADE)]


@cache
def page() -> str:
    return (ROOT / "CONTRIBUTING.md").read_text("utf-8")


@cache
def code_on_the_page() -> tuple[str, ...]:
    """What stands between backticks, in a line or as a block."""
    return (*CODE.findall(FENCE.sub("", page())), *FENCE.findall(page()))


@cache
def words_of_the_code() -> frozenset[str]:
    """Every name that the code defines or uses, the names of its modules, and those of Python itself."""
    files = [file for folder in SOURCES for file in (ROOT / folder).rglob("*.py")]
    parts = {part for file in files for part in file.relative_to(ROOT).with_suffix("").parts}
    return frozenset(dir(builtins)) | parts | {word for file in files for word in _words(file)}


def _words(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_bytes())):
        match node:
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.arg(arg=word) | ast.keyword(arg=str(word)):
                yield word
            case ast.ClassDef(name=word) | ast.FunctionDef(name=word):
                yield word
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from (part for alias in names for part in alias.name.split("."))


def exists(reference: str) -> bool:
    """Whether there is such a `module:name`."""
    module, _, name = reference.partition(":")
    try:
        found: object = import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        return False
    return True


def test_every_file_and_folder_on_the_page_is_there() -> None:
    named = {path for code in code_on_the_page() for path in paths_in(code)}
    assert len(named) > 20
    missing = sorted(path for path in named if not (ROOT / path).exists())
    assert not missing, f"CONTRIBUTING.md names what is not there: {missing}"


def test_every_reference_on_the_page_leads_somewhere() -> None:
    references = {each.group() for code in code_on_the_page() for each in REFERENCE.finditer(code)}
    assert len(references) > 20
    missing = sorted(reference for reference in references if not exists(reference))
    assert not missing, f"CONTRIBUTING.md names what is not there: {missing}"


def test_every_name_on_the_page_is_one_of_the_code() -> None:
    names = {code for code in code_on_the_page() if WORD.fullmatch(code) and not paths_in(code)}
    unknown = sorted(name for name in names if not words_of_the_code().issuperset(name.split(".")))
    assert not unknown, f"no code has these names of CONTRIBUTING.md: {unknown}"


@pytest.mark.parametrize(
    ("code", "paths"),
    [
        ("torchlint/facts/", ["torchlint/facts/"]),
        ("torchlint/rule.py", ["torchlint/rule.py"]),
        ("pyproject.toml", ["pyproject.toml"]),
        (".ci/run", [".ci/run"]),
        (".venv/bin/pytest tests/live/test_watch.py", ["tests/live/test_watch.py"]),
        ("torchlint.rule:Rule", []),
        ("DataLoader(dataset, shuffle=True)", []),
    ],
)
def test_paths_are_told_from_other_code(code: str, paths: list[str]) -> None:
    assert paths_in(code) == paths
