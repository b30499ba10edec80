"""Which functions and classes a line stands in, told from its indentation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

HEADER = re.compile(r"\s*(?:async\s+)?(?:def|class)\s+(\w+)")


def enclosing(lines: Sequence[str], line: int) -> Iterator[int]:
    """The lines of the `def` and `class` around a line, from the inside out."""
    if not 1 <= line <= len(lines):
        return
    margin = _margin(lines[line - 1])
    for number in range(line - 1, 0, -1):
        text = lines[number - 1]
        if text.strip() and _margin(text) < margin:
            margin = _margin(text)
            if HEADER.match(text):
                yield number


def scope(lines: Sequence[str], line: int) -> str:
    """The dotted names of what a line stands in, as `Trainer.fit`; empty at the top of a file."""
    headers = (HEADER.match(lines[number - 1]) for number in enclosing(lines, line))
    return ".".join(reversed([header[1] for header in headers if header]))


def scopes(lines: Sequence[str]) -> frozenset[str]:
    """The dotted names of everything that a line could stand in, the file itself as an empty one."""
    names = {""}
    for number, text in enumerate(lines, 1):
        if header := HEADER.match(text):
            names.add(".".join(filter(None, (scope(lines, number), header[1]))))
    return frozenset(names)


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip())
