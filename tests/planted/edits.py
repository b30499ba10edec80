"""Edits of a script's text at places of its syntax tree; all other text stays as it is."""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """Text that takes the place of other text; the offsets count characters."""

    start: int
    end: int
    text: str


class Script:
    """A script: its text, its tree, and where the nodes of the tree stand in the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self._lines = text.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def start(self, node: ast.expr | ast.stmt) -> int:
        """Where a node begins."""
        return self._offset(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt) -> int:
        """Where a node ends."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self._offset(node.end_lineno, node.end_col_offset)

    def source(self, node: ast.expr | ast.stmt) -> str:
        """The text of a node."""
        return self.text[self.start(node) : self.end(node)]

    def replaced(self, node: ast.expr | ast.stmt, text: str) -> Edit:
        """The edit that puts other text in the place of a node."""
        return Edit(self.start(node), self.end(node), text)

    def before(self, node: ast.stmt, statement: str) -> Edit:
        """The edit that puts a statement on a line of its own before another one."""
        start = self.start(node)
        return Edit(start, start, f"{statement}\n{' ' * node.col_offset}")

    def edited(self, edits: tuple[Edit, ...]) -> str:
        """The text with all edits made."""
        text = self.text
        for edit in sorted(edits, key=lambda each: each.start, reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
        return text

    def _offset(self, line: int, column: int) -> int:
        """Columns of the tree count bytes."""
        text = self._lines[line - 1]
        return self._starts[line - 1] + len(text.encode()[:column].decode())
