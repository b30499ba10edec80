"""How many line breaks stand in a node: what gives statements their lines without a position provider."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, TypeAlias

import libcst as cst

# Parts of a node that are read on their own: blocks and what stands around them.
_BLOCKS = frozenset({"body", "orelse", "handlers", "finalbody", "decorators", "cases", "footer"})
_AROUND = frozenset({"leading_lines", "lines_after_decorators", "trailing_whitespace", "whitespace_after_colon"})


def count(text: str) -> int:
    """The line breaks in a text; a CR and its LF are one."""
    if "\r" in text:
        return text.count("\n") + text.count("\r") - text.count("\r\n")
    return text.count("\n")


def rows(text: str) -> list[str]:
    """The rows of a text, by the line breaks that Python knows."""
    return re.split(r"\r\n|\r|\n", text) if "\r" in text else text.split("\n")


def is_whole(row: str) -> bool:
    """Whether what begins on a row surely ends on it: no bracket is left open, and no string or comment can deceive."""
    if '"' in row or "'" in row or "#" in row or "\\" in row:
        return False
    return all(row.count(opening) == row.count(closing) for opening, closing in ("()", "[]", "{}"))


def inside(node: cst.CSTNode) -> int:
    """The line breaks between the first and the last character of an expression or a simple statement."""
    return _sum([node])


def header(node: cst.CSTNode) -> int:
    """The line breaks in the header of a compound statement, before its colon."""
    return _sum(list(_HEADERS[type(node)](node)))


def trailing(node: cst.TrailingWhitespace) -> int:
    """The line breaks of the end of a line."""
    return (node.newline is not None) + count(node.whitespace.value)


def empty(nodes: Iterable[cst.EmptyLine]) -> int:
    """The line breaks of empty lines and lines with only a comment."""
    return sum(1 + count(node.whitespace.value) for node in nodes)


def _sum(stack: list[Any]) -> int:
    total = 0
    pop, push = stack.pop, stack.extend
    getters = _GETTERS
    while stack:
        node = pop()
        kind = type(node)
        if kind is _Simple:
            text = node.value
            if text and text != " " and "\\" in text:
                total += count(text)
            continue
        getter = getters.get(kind)
        if getter is not None:
            push(getter(node))
        elif kind is list or kind is tuple:
            push(node)
        elif kind is cst.ParenthesizedWhitespace:
            total += trailing(node.first_line) + empty(node.empty_lines) + count(node.last_line.value)
        elif kind is cst.SimpleString or kind is cst.FormattedStringText or kind is _TemplatedStringText:
            total += count(node.value)
            if kind is cst.SimpleString:
                push(node.lpar)
                push(node.rpar)
    return total


_Simple = cst.SimpleWhitespace
_TemplatedStringText = getattr(cst, "TemplatedStringText", None)
_TEXTS = frozenset({"value", "start", "end", "conversion", "star", "quote", "prefix", "indent"})


Getter: TypeAlias = Callable[[Any], Sequence[Any]]


def _getter(names: Sequence[str]) -> Getter:
    if len(names) != 1:
        return attrgetter(*names) if names else lambda _: ()
    only = attrgetter(names[0])
    return lambda node: (only(node),)


def _kinds(base: type[cst.CSTNode]) -> Iterable[type[cst.CSTNode]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)


def _tables() -> tuple[dict[type, Getter], dict[type, Getter]]:
    getters: dict[type, Getter] = {}
    headers: dict[type, Getter] = {}
    by_hand = {
        _Simple,
        cst.ParenthesizedWhitespace,
        cst.SimpleString,
        cst.FormattedStringText,
        _TemplatedStringText,
    }
    for kind in _kinds(cst.CSTNode):  # type: ignore[type-abstract]
        if kind in by_hand or not kind.__module__.startswith("libcst."):
            continue
        names = [field.name for field in fields(kind) if not _is_text(kind, field.name)]
        if issubclass(kind, (cst.BaseCompoundStatement, cst.ExceptHandler, cst.ExceptStarHandler, cst.MatchCase)) or (
            kind in (cst.Else, cst.Finally)
        ):
            headers[kind] = _getter([name for name in names if name not in _BLOCKS | _AROUND])
        elif kind is cst.Decorator:
            headers[kind] = _getter(["whitespace_after_at", "decorator"])
        else:
            getters[kind] = _getter(names)
    return getters, headers


def _is_text(kind: type[cst.CSTNode], name: str) -> bool:
    """Whether a field holds text that cannot break a line: a name, a number, a prefix."""
    if name == "value":
        return issubclass(kind, (cst.Name, cst.BaseNumber, cst.NotEqual, cst.Comment, cst.Newline))
    return name in _TEXTS and not (name == "star" and kind is cst.Parameters)


_GETTERS, _HEADERS = _tables()
