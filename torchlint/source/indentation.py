"""Texts whose indents Python reads and LibCST does not: a tab among spaces, say. They are indented anew."""

from __future__ import annotations

import io
import re
import tokenize

_BREAKS = re.compile(r"(\r\n|\r|\n)")
_INDENT = re.compile(r"[ \t\f]*")
_NOT_YET = frozenset((tokenize.INDENT, tokenize.DEDENT, tokenize.NL))


def reindented(text: str) -> str | None:
    """The same text with four spaces for each level: every line keeps its number. None where Python cannot tell."""
    rows = _BREAKS.split(text)
    try:
        for row, level in _levels(text):
            rows[2 * (row - 1)] = _INDENT.sub(" " * 4 * level, rows[2 * (row - 1)], count=1)
    except (SyntaxError, tokenize.TokenError, IndexError):
        return None
    return "".join(rows)


def _levels(text: str) -> list[tuple[int, int]]:
    """The rows on which a statement, or a comment of its own, begins, and how deep each is."""
    found: list[tuple[int, int]] = []
    level = 0
    begins = True
    for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
        level += (token.type == tokenize.INDENT) - (token.type == tokenize.DEDENT)
        if begins and token.type not in _NOT_YET and token.type != tokenize.ENDMARKER:
            found.append((token.start[0], level))
        if token.type not in _NOT_YET:
            # A comment on a row of its own is followed by what still is to begin.
            begins = token.type == tokenize.NEWLINE or (begins and token.type == tokenize.COMMENT)
    return found
