"""Files and functions stay small enough to be read at once."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINES_OF_A_FILE = 500
LINES_OF_A_FUNCTION = 60
FILES_OF_A_FOLDER = 20


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def test_files_are_short() -> None:
    long = [
        f"{file.relative_to(ROOT)}: {lines} lines"
        for file in python_files("torchlint", "rules", "tests")
        if (lines := len(file.read_text("utf-8").splitlines())) > LINES_OF_A_FILE
    ]
    assert not long, "\n".join(long)


def test_functions_fit_on_a_screen() -> None:
    """A function's decorators and arguments are not counted: they are what it is given, not what it does."""
    long = [
        f"{file.relative_to(ROOT)}:{node.lineno}: {node.name} has {lines} lines"
        for file in python_files("torchlint", "rules")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (lines := (node.end_lineno or 0) - node.body[0].lineno + 1) > LINES_OF_A_FUNCTION
    ]
    assert not long, "\n".join(long)


def test_a_room_holds_few_files() -> None:
    files = Counter(file.parent.relative_to(ROOT) for file in python_files("torchlint"))
    assert [f"{folder}: {count}" for folder, count in files.items() if count > FILES_OF_A_FOLDER] == []
