"""Unit tests among the files that were read: what they train and evaluate is there to see that the code runs."""

from __future__ import annotations

from torchlint.source import syntax
from torchlint.source.paper.state.frames import Frame
from torchlint.source.project import Module


def is_unit_test(module: Module) -> bool:
    """Whether a file holds unit tests: it is named so, and defines what a test runner collects."""
    return _is_named_as_tests(module.path) and any(
        isinstance(statement, (syntax.Function, syntax.Class)) and _is_collected(statement)
        for statement in module.summary.body
    )


def _is_collected(statement: syntax.Function | syntax.Class) -> bool:
    if isinstance(statement, syntax.Function):
        return statement.name.startswith("test_")
    return any(isinstance(each, syntax.Function) and each.name.startswith("test_") for each in statement.body)


def runs_unit_test(frame: Frame) -> bool:
    """Whether what is being run is a test itself, by its name and its file's."""
    return frame.function.startswith("test_") and _is_named_as_tests(frame.module.path)


def _is_named_as_tests(path: str) -> bool:
    """Whether a file holds unit tests, by its name or its folder."""
    *folders, name = path.replace("\\", "/").split("/")
    return name.startswith("test_") or name.endswith("_test.py") or "tests" in folders
