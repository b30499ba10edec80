"""One file, read: its summary, or the problem that keeps it from being checked."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import libcst
from libcst import CSTNode, ParserSyntaxError

from torchlint.problem import GAVE_UP, UNPARSED, UNREADABLE, Problem
from torchlint.source.indentation import reindented
from torchlint.source.lower import UnsupportedSyntax, lower
from torchlint.source.notebook import script_of
from torchlint.source.syntax import Summary
from torchlint.source.text import UnreadableText, too_deep

RECURSION = 6000  # Room for `text.DEPTH` levels, and well within the stack of a main thread.

_UNSUPPORTED = (
    (re.compile(r"\basync\s*[=,).:\]]|[.(,]\s*async\b(?!\s+(?:for|def|with)\b)"), "`async` used as a name"),
    (
        re.compile(r"^\s*print\s+[^\s=(.\[]|^\s*print\s*>>|[:;]\s*print\s+[\"'\w]"),
        "the print statement of Python 2",
    ),
    (re.compile(r"^\s*except\s+[\w.()\s,]+,\s*\w+\s*:"), "`except X, name` of Python 2"),
    (re.compile(r"^\s*exec\s+[\"'\w]"), "the exec statement of Python 2"),
    (re.compile(r"^\s*raise\s+[\w.]+\s*,"), "`raise X, text` of Python 2"),
    (re.compile(r"`[^`]+`"), "the backticks of Python 2"),
    (re.compile(r"<>"), "the operator `<>` of Python 2"),
    (re.compile(r"\b0[0-7]+\b|\b\d+[lL]\b"), "a number in the form of Python 2"),
    (re.compile(r"\bur[\"']"), "a `ur` string of Python 2"),
)


def read(path: str, data: bytes | None = None) -> Summary | Problem:
    """Read one file, from `data` where its bytes are at hand. This never raises."""
    try:
        text = script_of(path, Path(path).read_bytes() if data is None else data)
    except UnreadableText as error:
        return Problem(path, UNREADABLE, str(error))
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return Problem(path, UNREADABLE, f"The file cannot be read: {reason.rstrip('.')}.")
    depth = too_deep(text)
    if depth is not None:
        return Problem(path, UNPARSED, f"The file was not parsed: {depth}.")
    return _summary(path, text)


def _summary(path: str, text: str) -> Summary | Problem:
    try:
        with deep_recursion(), _without_checks():
            try:
                return lower(libcst.parse_module(text), path, text)
            except libcst.ParserSyntaxError as error:
                tree = _as_python_reads_it(text)
                return _syntax_error(path, text, error) if tree is None else _indented_anew(path, text, tree)
    except UnsupportedSyntax as error:
        message = f"The file was not parsed: unsupported syntax on line {error.line}, {error.syntax}."
        return Problem(path, UNPARSED, message, error.line)
    except (RecursionError, MemoryError):
        return Problem(path, GAVE_UP, "The file was given up: it is nested too deeply or too large.")
    except Exception as error:
        return _failure(path, error)
    except BaseException as error:
        # LibCST's parser panics with an exception that is not an Exception.
        if type(error).__name__ != "PanicException":
            raise
        return _failure(path, error)


def _as_python_reads_it(text: str) -> ast.Module | None:
    """The tree that Python's own parser gives; None where Python, too, refuses the text."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _indented_anew(path: str, text: str, tree: ast.Module) -> Summary | Problem:
    """Read a text that Python reads and LibCST refuses with its indents written anew; no line is another then."""
    again = reindented(text)
    if again is not None and again != text:
        try:
            return lower(libcst.parse_module(again), path, again)
        except libcst.ParserSyntaxError:
            pass
    line, reason = _refused_by_libcst(text, tree)
    message = f"LibCST cannot read what stands on line {line} ({reason}), though Python can: nothing here was checked."
    return Problem(path, GAVE_UP, message, line)


def _refused_by_libcst(text: str, tree: ast.Module) -> tuple[int, str]:
    """The line that LibCST does not read: of some errors it names none, so each statement is tried by itself."""
    rows = re.split(r"\r\n|\r|\n", text)
    for node in tree.body:
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
        try:
            libcst.parse_module("\n".join(rows[first - 1 : node.end_lineno]) + "\n")
        except libcst.ParserSyntaxError as error:
            return first + max(error.raw_line, 1) - 1, " ".join(error.message.split())
    return 1, "as a whole"


def _failure(path: str, error: BaseException) -> Problem:
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return Problem(path, UNPARSED, f"The file was not parsed: the parser failed with {text[:200]}.")


@contextmanager
def _without_checks() -> Iterator[None]:
    """Let LibCST make nodes unchecked: it checks trees that people build, and one that it parsed itself is sound.

    The checks are a sixth of what parsing costs.
    """
    check = CSTNode.__post_init__
    CSTNode.__post_init__ = _accept  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        CSTNode.__post_init__ = check  # type: ignore[method-assign]


def _accept(_: CSTNode) -> None:
    """Take a node as it is."""


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Let the walk over a deep expression recurse further than Python's cautious default."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, RECURSION))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _syntax_error(path: str, text: str, error: ParserSyntaxError) -> Problem:
    line, column, reason = _place(text, error)
    rows = re.split(r"\r\n|\r|\n", text)
    for number in (line, line - 1, line + 1):
        row = rows[number - 1] if 0 < number <= len(rows) else ""
        syntax = next((name for pattern, name in _UNSUPPORTED if pattern.search(row)), None)
        if syntax is not None:
            message = f"The file was not parsed: unsupported syntax on line {number}, {syntax}."
            return Problem(path, UNPARSED, message, number, column if number == line else 1)
    message = f"The file was not parsed: {reason} on line {line}, column {column}."
    return Problem(path, UNPARSED, message, line, column)


def _place(text: str, error: ParserSyntaxError) -> tuple[int, int, str]:
    """Where the error is. Python's own parser knows it better, for LibCST names only the line, if that."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as better:
        if better.lineno:
            reason = better.msg.rstrip(".")
            return better.lineno, max(better.offset or 1, 1), reason[:1].lower() + reason[1:]
    except (ValueError, RecursionError, MemoryError):
        pass
    return max(error.editor_line, 1), max(error.editor_column, 1), "invalid syntax"
