"""Where exactly a site is: rows and columns, worked out for the few places that are reported.

A site names a statement by its first line and a call by its number there. This finds them again with Python's
own parser, which is quick and gives positions; where it cannot tell, the answer is the line.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from torchlint.facts.site import Site

Extent = tuple[int, int, int, int]


def locate(sites: Iterable[Site], texts: Callable[[str], str | None]) -> dict[Site, Site]:
    """Give every site its exact extent; `texts` gives a file's decoded text, or None if it is gone."""
    by_file: dict[str, list[Site]] = {}
    found: dict[Site, Site] = {}
    for site in sites:
        if site.end_line:
            found[site] = site
        else:
            by_file.setdefault(site.file, []).append(site)
    for file, group in by_file.items():
        text = texts(file)
        if text is None:
            found.update((site, site) for site in group)
        else:
            page = _Page(text)
            found.update((site, page.place(site)) for site in group)
    return found


class _Page:
    """One file: its rows, and where its statements and calls are."""

    def __init__(self, text: str) -> None:
        self.rows = re.split(r"\r\n|\r|\n", text)
        self.statements: dict[int, Extent] = {}
        self.calls: dict[int, list[Extent | None]] = {}
        self.arguments: dict[tuple[int, int, int], Extent] = {}
        self.logical = 0
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._block(ast.parse(text).body, continues=False)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return  # What was placed until here is right; the rest falls back to its row.

    def place(self, site: Site) -> Site:
        """The site with its extent: that of the call, else of the statement, else of the row."""
        calls = self.calls.get(site.line, [])
        extent = calls[site.part] if 0 <= site.part < len(calls) else None
        if site.argument >= 0:
            extent = self.arguments.get((site.line, site.part, site.argument), extent)
        line, column, end_line, end_column = extent or self.statements.get(site.line) or self._row(site.line)
        return replace(site, line=line, column=column, end_line=end_line, end_column=end_column)

    def _row(self, line: int) -> Extent:
        row = self.rows[line - 1] if 0 < line <= len(self.rows) else ""
        indent = len(row) - len(row.lstrip())
        return line, indent + 1, line, max(len(row.rstrip()), indent) + 1

    def _block(self, body: Sequence[ast.stmt], *, continues: bool) -> None:
        """Go through a block; with `continues`, its first line may be part of the header's logical line."""
        for number, node in enumerate(body):
            if self._begins_row(node) or (number == 0 and not continues):
                self.logical = node.lineno
            self._statement(node)

    def _begins_row(self, node: ast.stmt) -> bool:
        before = self.rows[node.lineno - 1].encode()[: node.col_offset]
        if before.strip():
            return False
        above = self.rows[node.lineno - 2] if node.lineno > 1 else ""
        return not above.endswith("\\") or "#" in above

    def _statement(self, node: ast.stmt) -> None:
        for decorator in getattr(node, "decorator_list", ()):
            self.logical = decorator.lineno
            self._number(decorator)
            self.logical = node.lineno
        header = _in_order(node)
        blocks = [(name, getattr(node, name)) for name in _BLOCKS if getattr(node, name, None)]
        extent = self._header(node, header) if blocks else self._extent(node)
        self.statements.setdefault(node.lineno, extent)
        for child in header:
            self._number(child)
        for name, block in blocks:
            if name in ("handlers", "cases"):
                for part in block:
                    self._branch(part)
            else:
                self._block(block, continues=name == "body")

    def _branch(self, node: ast.ExceptHandler | ast.match_case) -> None:
        """A handler or a case: a header of its own, and its block."""
        self.logical = node.lineno if isinstance(node, ast.ExceptHandler) else node.pattern.lineno
        for child in _in_order(node):
            self._number(child)
        self._block(node.body, continues=True)

    def _number(self, node: ast.AST, *, reliable: bool = True) -> None:
        """Number the calls in an expression, as the summary of the file numbers them."""
        if isinstance(node, ast.Call):
            calls = self.calls.setdefault(self.logical, [])
            written: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
            for number, argument in enumerate(written if reliable else ()):
                self.arguments[self.logical, len(calls), number] = self._extent(argument)
            calls.append(self._extent(node) if reliable else None)
        reliable = reliable and (_STRINGS_ARE_PLACED or not isinstance(node, ast.JoinedStr))
        for child in _in_order(node):
            self._number(child, reliable=reliable)

    def _extent(self, node: ast.expr | ast.stmt | ast.keyword) -> Extent:
        end_line, end_offset = _end(node)
        column = self._column(node.lineno, node.col_offset)
        return node.lineno, column, end_line, self._column(end_line, end_offset)

    def _header(self, node: ast.stmt, children: Sequence[ast.AST]) -> Extent:
        """From the keyword to the colon."""
        line, column = node.lineno, self._column(node.lineno, node.col_offset)
        end_line, end_offset = max([_end(child) for child in children], default=(line, node.col_offset))
        end_column = self._column(end_line, end_offset)
        while end_line <= len(self.rows):
            match = _COLON.match(self.rows[end_line - 1], end_column - 1)
            if match is not None:
                return line, column, end_line, match.end() + 1
            end_line, end_column = end_line + 1, 1
        return self._row(line)

    def _column(self, line: int, offset: int) -> int:
        """The column of a byte offset."""
        row = self.rows[line - 1]
        return offset + 1 if row.isascii() else len(row.encode()[:offset].decode(errors="replace")) + 1


_BLOCKS = ("body", "handlers", "cases", "orelse", "finalbody")
_COLON = re.compile(r"[^#:]*:")
_STRINGS_ARE_PLACED = sys.version_info >= (3, 12)
_STRINGS = ("JoinedStr", "FormattedValue", "TemplateStr", "Interpolation")


def _end(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "end_lineno", 0), getattr(node, "end_col_offset", 0)


def _in_order(node: ast.AST) -> list[ast.AST]:
    """The expressions directly in a node, or in the header of a statement, as they stand in the text."""
    found = list(_placed(node))
    if type(node).__name__ not in _STRINGS:
        found.sort(key=lambda child: (child.lineno, child.col_offset))  # type: ignore[attr-defined]
    return found


def _placed(node: ast.AST) -> Iterator[ast.AST]:
    """The children that have a position, reaching through those that have none, such as `arguments`."""
    is_statement = isinstance(node, (ast.stmt, ast.ExceptHandler, ast.match_case))
    for name, value in ast.iter_fields(node):
        if is_statement and (name in _BLOCKS or name == "decorator_list"):
            continue
        for child in value if isinstance(value, list) else (value,):
            if hasattr(child, "lineno"):
                yield child
            elif isinstance(child, ast.AST):
                yield from _placed(child)
