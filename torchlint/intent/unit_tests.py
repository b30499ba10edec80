"""Unit tests: what they train and evaluate is there to see that the code runs, not to be learned from."""

from __future__ import annotations

from collections.abc import Iterable

PREFIX = "test_"


def is_unit_test(function: str, file: str) -> bool:
    """Whether a function is a test itself, by its name and its file's."""
    return function.startswith(PREFIX) and _is_named_as_tests(file)


def holds_unit_tests(file: str, defined: Iterable[str]) -> bool:
    """Whether a file holds unit tests: it is named so, and a function or method in it is what test runners collect."""
    return _is_named_as_tests(file) and any(name.startswith(PREFIX) for name in defined)


def _is_named_as_tests(path: str) -> bool:
    """Whether a file is one of tests, by its name or its folder."""
    *folders, name = path.replace("\\", "/").split("/")
    return name.startswith(PREFIX) or name.endswith("_test.py") or "tests" in folders
