"""Where a rewritten line came from: every line of code carries a comment with its number in the original."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Callable

import libcst as cst

MARK = "#@"
PUT_IN = "#@new"
_MARKS = re.compile(r"#@(\d+(?:,\d+)*)")
_INVISIBLE = {tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER}


def mark_lines(text: str) -> str:
    """The same text with a mark at the end of each line of code, but for those that end inside a string."""
    return _with_marks(text, lambda line: f"{MARK}{line}")


def mark_the_rest(text: str) -> str:
    """A rewritten text with a mark on all lines of code that have none: those were put in."""
    return _with_marks(text, lambda _: PUT_IN)


def _with_marks(text: str, mark: Callable[[int], str]) -> str:
    rows = text.splitlines(keepends=True)
    holds_code = False
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.NEWLINE, tokenize.NL):
            line = token.start[0]
            if holds_code and line <= len(rows) and MARK not in rows[line - 1]:
                row = rows[line - 1]
                bare = row.rstrip("\r\n")
                rows[line - 1] = f"{bare}  {mark(line)}{row[len(bare) :]}"
            holds_code = False
        elif token.type not in _INVISIBLE and token.type != tokenize.COMMENT:
            holds_code = True
    return "".join(rows)


def origins(rows: list[str], line: int) -> frozenset[int]:
    """The lines of the original that a line came from; none for one that was put in.

    A line that ends inside a string has its mark where the string's last line ends.
    """
    row = next((row for row in rows[line - 1 :] if MARK in row), "")
    return frozenset(int(each) for marks in _MARKS.findall(row) for each in marks.split(","))


def mark_of(node: cst.SimpleStatementLine | cst.BaseSuite) -> str:
    """The mark of a line or of a block's header."""
    space = node.header if isinstance(node, cst.IndentedBlock) else getattr(node, "trailing_whitespace", None)
    comment = getattr(space, "comment", None)
    return comment.value if comment is not None else ""


def joined(*marks: str) -> str:
    """One mark for a line that was made of several."""
    numbers = [number for mark in marks for found in _MARKS.findall(mark) for number in found.split(",")]
    return MARK + ",".join(numbers) if numbers else PUT_IN
