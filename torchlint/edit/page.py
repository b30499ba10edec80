"""One file as it is edited: its text, its syntax tree, and where in the text each node stands.

Python's own parser is used, not LibCST: it is quick, and gives every expression's first and last byte. Nothing is
written from the tree; it only says which spans of the text are replaced.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from itertools import islice, takewhile
from operator import itemgetter
from typing import TypeVar

from torchlint.facts.site import Site
from torchlint.fix import Change

Node = TypeVar("Node", bound=ast.AST)
Placed = ast.expr | ast.stmt | ast.keyword
"""The nodes that have a first and a last position."""
ROW_ENDS = re.compile(r"\r\n|\r|\n")


class CannotEdit(Exception):
    """An edit cannot be carried out as it is meant; the message says why."""


class Page:
    """The text of a file and its tree; offsets count characters of the text.

    Raises CannotEdit where Python does not parse it.
    """

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise CannotEdit(f"it does not parse: {error}") from None
        ends = [match.span() for match in ROW_ENDS.finditer(text)]
        self.newline = text[slice(*ends[0])] if ends else "\n"
        self._starts = [0, *(end for _, end in ends)]
        self._row_ends = [*(start for start, _ in ends), len(text)]
        self._ascii = text.isascii()

    def start(self, node: Placed) -> int:
        """Where a node begins."""
        return self._offset(node.lineno, node.col_offset)

    def end(self, node: Placed) -> int:
        """Where a node ends."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self._offset(node.end_lineno, node.end_col_offset)

    def source(self, node: Placed) -> str:
        """The text of a node."""
        return self.text[self.start(node) : self.end(node)]

    def row(self, offset: int) -> int:
        """The row, counted from 0, in which an offset lies."""
        return bisect_right(self._starts, offset) - 1

    def row_start(self, row: int) -> int:
        """The offset at which a row begins; behind the last row, the end of the text."""
        return self._starts[row] if row < len(self._starts) else len(self.text)

    def row_text(self, row: int) -> str:
        """A row without its end."""
        return self.text[self._starts[row] : self._row_ends[row]]

    def indentation(self, node: ast.stmt) -> str:
        """The blank text in front of a statement. Raises CannotEdit where it does not begin its row."""
        row = node.lineno - 1
        before = self.text[self._starts[row] : self.start(node)]
        if before.strip() or (row and self.row_text(row - 1).endswith("\\")):
            raise CannotEdit(f"the statement on line {node.lineno} does not begin its line")
        return before

    def change(self, start: int, end: int, text: str) -> Change:
        """Other text from one offset to another."""
        row, last = self.row(start), self.row(end)
        column, last_column = start - self._starts[row] + 1, end - self._starts[last] + 1
        return Change(Site(self.file, row + 1, column, last + 1, last_column), text)

    def offsets(self, span: Site) -> tuple[int, int]:
        """Where the span of a change begins and ends."""
        start = self._starts[span.line - 1] + span.column - 1
        return start, self._starts[span.end_line - 1] + span.end_column - 1

    def parent(self, node: ast.AST) -> ast.AST:
        """The node that holds another; the module for itself."""
        return self._parents.get(node, self.tree)

    @cached_property
    def own_names(self) -> frozenset[str]:
        """The names that the file binds anywhere by something other than an import."""
        own: set[str] = set()
        for node in ast.walk(self.tree):
            match node:
                case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                    own.add(name)
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    own.add(name)
        return frozenset(own)

    def nodes_at(self, site: Site, kind: type[Node]) -> Iterator[Node]:
        """The nodes of a kind that begin and end where a site does, the outermost first."""
        if not site.end_line:
            return
        start, end = self.offsets(site)
        for node in self._by_line.get(site.line, ()):
            if isinstance(node, kind) and self.start(node) == start and self.end(node) == end:
                yield node

    def expression(self, site: Site) -> ast.expr:
        """The expression at a site; of a keyword argument, and of an expression statement, its value."""
        for node in self.nodes_at(site, ast.AST):
            match node:
                case ast.Expr(value=value) | ast.keyword(value=value):
                    return value
                case ast.expr():
                    return node
        raise CannotEdit(f"no expression stands on line {site.line} as expected")

    def call(self, site: Site) -> ast.Call:
        """The call at a site, or the only one of a statement there that consists of it."""
        # Of a call within a string, older Pythons do not say where it stands: its site is that of the statement.
        for node in self.nodes_at(site, ast.Call):
            if site.part <= 0 or not isinstance(self.parent(node), ast.Expr):
                return node
        if site.part >= 0:
            raise CannotEdit(f"which call on line {site.line} is meant is not known")
        match self.statement(site):
            case ast.Expr(value=ast.Call() as call) | ast.Assign(value=ast.Call() as call):
                # A run knows the line alone: of several calls there, another one may be meant.
                if sum(isinstance(each, ast.Call) for each in ast.walk(call)) == 1:
                    return call
        raise CannotEdit(f"no call stands on line {site.line} as expected")

    def statement(self, site: Site) -> ast.stmt:
        """The statement at a site, or the innermost one around the expression there."""
        for node in self.nodes_at(site, ast.AST):
            while not isinstance(node, ast.stmt):
                node = self.parent(node)
                if node is self.tree:
                    break
            else:
                return node
        start, _ = self.offsets(site)
        for node in self._by_line.get(site.line, ()):
            if isinstance(node, ast.stmt) and self.start(node) == start:
                return node
        raise CannotEdit(f"no statement begins on line {site.line} as expected")

    def statement_of(self, node: ast.AST) -> ast.stmt:
        """The innermost statement around a node."""
        while not isinstance(node, ast.stmt):
            if node is self.tree:
                raise CannotEdit("no statement stands there")
            node = self.parent(node)
        return node

    def block(self, statement: ast.stmt) -> list[ast.stmt]:
        """The statements among which one stands."""
        for _, value in ast.iter_fields(self.parent(statement)):
            if isinstance(value, list) and any(each is statement for each in value):
                return value
        raise CannotEdit(f"the statement on line {statement.lineno} stands in no block")

    def tokens(self, start: int, end: int) -> list[tuple[int, int, tokenize.TokenInfo]]:
        """The tokens between two offsets, each with where it begins and ends."""
        first = bisect_left(self._tokens, start, key=itemgetter(0))
        within = takewhile(lambda token: token[1] <= end, islice(self._tokens, first, None))
        return list(within)

    @cached_property
    def _tokens(self) -> list[tuple[int, int, tokenize.TokenInfo]]:
        """All tokens that are written, in order."""
        # The tokenizer counts rows as `ROW_ENDS` does only where a lone "\r" ends none.
        if "\r" in self.text.replace("\r\n", ""):
            raise CannotEdit("its lines end with carriage returns")
        placed = (
            (
                self.row_start(token.start[0] - 1) + token.start[1],
                self.row_start(token.end[0] - 1) + token.end[1],
                token,
            )
            for token in tokenize.generate_tokens(io.StringIO(self.text, newline="").readline)
        )
        return [token for token in placed if token[0] < token[1]]

    @cached_property
    def _parents(self) -> dict[ast.AST, ast.AST]:
        return {child: each for each in ast.walk(self.tree) for child in ast.iter_child_nodes(each)}

    @cached_property
    def _by_line(self) -> dict[int, list[Placed]]:
        nodes: dict[int, list[Placed]] = defaultdict(list)
        for node in ast.walk(self.tree):
            if isinstance(node, Placed):
                nodes[node.lineno].append(node)
        return nodes

    def _offset(self, line: int, column: int) -> int:
        start = self._starts[line - 1]
        if self._ascii:
            return start + column
        return start + len(self.row_text(line - 1).encode()[:column].decode())
