"""A file of the user's as a page: its calls, statements, loops and functions, found by Python's own parser."""

from __future__ import annotations

import ast
import linecache
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from torchlint.facts.site import Site

Position = tuple[int, int]
Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_COLON = re.compile(r"[^#:]*:")
NOWHERE = Site("<unknown>", 0)
"""The place of what no line of the user's led to."""


@dataclass(frozen=True, eq=False)
class Loop:
    """A loop of the text; comprehensions are loops that are not reported."""

    page: Page
    node: ast.For | ast.AsyncFor | ast.While | ast.expr

    @property
    def is_statement(self) -> bool:
        """Whether it is a `for` or `while`."""
        return isinstance(self.node, ast.stmt)

    @cached_property
    def site(self) -> Site:
        """The loop's header."""
        return self.page.site(self.node)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names in what it iterates over."""
        return names_in(self.node.iter) if isinstance(self.node, (ast.For, ast.AsyncFor)) else frozenset()


class Page:
    """One file: nodes by position, and what stands around each."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.rows = [row.rstrip("\r\n") for row in linecache.getlines(path)]
        self.parents: dict[ast.AST, ast.AST] = {}
        self.calls: dict[Position, ast.Call] = {}
        self.statements: list[ast.stmt] = []
        self._functions: dict[int, Function] = {}
        self._loops: dict[ast.AST, Loop] = {}
        parsed = self._parsed()
        self.top = parsed.body
        for node in ast.walk(parsed):
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
            if isinstance(node, ast.Call):
                self.calls[_end(node)] = node
            elif isinstance(node, ast.stmt):
                self.statements.append(node)
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
                    self._functions[first] = node

    def _parsed(self) -> ast.Module:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse("\n".join(self.rows))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.Module([], [])

    def statement_at(self, line: int) -> ast.stmt | None:
        """The innermost statement that a line is part of."""
        around = [node for node in self.statements if node.lineno <= line <= _end(node)[0]]
        return max(around, key=lambda node: (node.lineno, node.col_offset), default=None)

    def site_of_statement(self, line: int) -> Site:
        """The place of the innermost statement that a line is part of, else of the line."""
        statement = self.statement_at(line)
        return self.site_of_line(line) if statement is None else self.site(statement)

    def call_on(self, line: int, name: str) -> ast.Call | None:
        """The only call on a line, or the only one of this name."""
        calls = [node for node in self.calls.values() if node.lineno <= line <= _end(node)[0]]
        named = [node for node in calls if called(node) == name]
        return next((found[0] for found in (calls, named) if len(found) == 1), None)

    def site_of_call(self, line: int, names: Iterable[str]) -> Site:
        """The place of the call on a line, or of the only one of one of these names, else of the statement."""
        found = next((call for name in names if (call := self.call_on(line, name)) is not None), None)
        node = found or self.statement_at(line)
        return self.site_of_line(line) if node is None else self.site(node)

    @cached_property
    def changed(self) -> frozenset[str]:
        """The names of which some attribute is assigned."""
        stored = (node for node in self.parents if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store))
        return frozenset(node.value.id for node in stored if isinstance(node.value, ast.Name))

    def value_of(self, name: str, at: ast.expr) -> ast.expr | None:
        """What a name was given last before a place, in the same function."""
        function = self.function_around(at)
        found = (
            each
            for each in self.statements
            if isinstance(each, ast.Assign) and each.lineno <= at.lineno and self.function_around(each) is function
        )
        named = [each for each in found if any(isinstance(to, ast.Name) and to.id == name for to in each.targets)]
        return max(named, key=lambda each: each.lineno).value if named else None

    def loop_at(self, line: int) -> ast.AST | None:
        """The `for` whose header begins on a line."""
        loops = (node for node in self.statements if isinstance(node, (ast.For, ast.AsyncFor, ast.While)))
        return next((node for node in loops if node.lineno == line), None)

    @cached_property
    def _comprehensions(self) -> dict[tuple[int, int, int, int], ast.AST]:
        """Comprehensions by the text of their step to the next element: their own, since Python 3.13 its iterable's."""
        found: dict[tuple[int, int, int, int], ast.AST] = {}
        for node in self.parents:
            if isinstance(node, COMPREHENSIONS):
                for each in (node, *(generator.iter for generator in node.generators)):
                    found.setdefault((each.lineno, _end(each)[0], each.col_offset, _end(each)[1]), node)
        return found

    def comprehension_at(self, extent: tuple[int, int, int, int]) -> ast.AST | None:
        """The comprehension whose step to its next element has this text, if no `for` of its own does."""
        return self._comprehensions.get(extent)

    def function_at(self, line: int) -> Function | None:
        """The function whose first line, decorators included, is this one."""
        return self._functions.get(line)

    def above(self, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        """Each node around this one, innermost first, with the part of it that this one is in."""
        while (parent := self.parents.get(node)) is not None:
            yield parent, node
            node = parent

    def loops_around(self, node: ast.AST, *, advancing: bool, in_comprehension: bool) -> tuple[Loop, ...]:
        """The loops of the same function that a node runs in, outermost first.

        `advancing` says that the node is a loop's own step to its next element. `in_comprehension` says that
        the innermost comprehension is a function of its own.
        """
        found: list[Loop] = []
        if advancing and isinstance(node, (ast.For, ast.AsyncFor, *COMPREHENSIONS)):
            found.append(self._loop(node))
            if in_comprehension and isinstance(node, COMPREHENSIONS):
                return tuple(found)
        for parent, child in self.above(node):
            if isinstance(parent, (*FUNCTIONS, ast.ClassDef)):
                break
            if _runs_again(parent, child, advancing):
                found.append(self._loop(parent))
            advancing = advancing and not found
            if in_comprehension and isinstance(parent, COMPREHENSIONS):
                break
        return tuple(reversed(found))

    def _loop(self, node: ast.AST) -> Loop:
        return self._loops.setdefault(node, Loop(self, node))  # type: ignore[arg-type]

    def function_around(self, node: ast.AST) -> ast.AST | None:
        """The function that a node stands in."""
        return next((parent for parent, _ in self.above(node) if isinstance(parent, FUNCTIONS)), None)

    def is_bare(self, node: ast.Tuple) -> bool:
        """Whether a tuple stands without parentheses around it."""
        first = node.elts[0]
        return (node.lineno, node.col_offset) == (first.lineno, first.col_offset)

    def site(self, node: ast.AST) -> Site:
        """The place of a node: of a compound statement only its header."""
        line, offset = node.lineno, node.col_offset  # type: ignore[attr-defined]
        body = getattr(node, "body", None)
        end = self._header_end(node, line, offset) if isinstance(body, list) else None
        end_line, end_offset = _end(node)
        end = end or (end_line, self._column(end_line, end_offset))
        return Site(self.path, line, self._column(line, offset), *end)

    def site_of_line(self, line: int) -> Site:
        """The place of a line without any node."""
        row = self.rows[line - 1] if 0 < line <= len(self.rows) else ""
        indent = len(row) - len(row.lstrip())
        return Site(self.path, line, indent + 1, line, max(len(row.rstrip()), indent) + 1)

    def _header_end(self, node: ast.AST, line: int, offset: int) -> Position | None:
        parts = [getattr(node, name, None) for name in ("target", "iter", "test", "subject")]
        end_line, end_offset = max((_end(part) for part in parts if part is not None), default=(line, offset))
        column = self._column(end_line, end_offset)
        while end_line <= len(self.rows):
            match = _COLON.match(self.rows[end_line - 1], column - 1)
            if match is not None:
                return end_line, match.end() + 1
            end_line, column = end_line + 1, 1
        return None

    def _column(self, line: int, offset: int) -> int:
        """The column of a byte offset, counted from 1."""
        row = self.rows[line - 1] if 0 < line <= len(self.rows) else ""
        return offset + 1 if row.isascii() else len(row.encode()[:offset].decode(errors="replace")) + 1


def give_text(path: str, text: str) -> None:
    """Let tracebacks, and whoever asks for a file's text, find this one, which no file holds as it is run."""
    linecache.cache[path] = len(text), None, text.splitlines(keepends=True), path


def text_of(path: str) -> str | None:
    """A file's text; that of a notebook's cell too."""
    return "".join(linecache.getlines(path)) or None


def _end(node: ast.AST) -> Position:
    return getattr(node, "end_lineno", None) or 0, getattr(node, "end_col_offset", None) or 0


def _runs_again(parent: ast.AST, child: ast.AST, advancing: bool) -> bool:
    match parent:
        case ast.For() | ast.AsyncFor():
            return child in parent.body or child is parent.target or (advancing and child is parent.iter)
        case ast.While():
            return child in parent.body or child is parent.test
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            return child is not parent.generators[0] or advancing
    return False


def called(call: ast.Call) -> str:
    """The last name of what is called."""
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def inside(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes in this one that run with it: those of functions in it do not."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, FUNCTIONS):
            yield child
            yield from inside(child)


def last_name(node: ast.AST) -> str:
    """The name that a variable or an attribute ends in; empty for any other expression."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def names_in(node: ast.AST) -> frozenset[str]:
    """The names, attributes and constant keys in an expression; what is listed there names what is not chosen too."""
    found = set()
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if not isinstance(each, (ast.Dict, ast.List, ast.Tuple)):
            waiting += ast.iter_child_nodes(each)
        match each:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str(name))):
                found.add(name)
    return frozenset(found)


def names_given(page: Page, node: ast.AST) -> frozenset[str]:
    """What the value of an expression is called where it is bound: targets, keywords, keys of a dict."""
    for parent, child in page.above(node):
        match parent:
            case ast.Assign(targets=targets):
                return frozenset(name for target in targets for name in _targets(target, child, node))
            case ast.AnnAssign(target=target) | ast.NamedExpr(target=target):
                return frozenset(_targets(target, child, node))
            case ast.keyword(arg=str(name)):
                return frozenset((name,))
            case ast.Dict(keys=keys, values=values) if child in values:
                return _key(keys[values.index(child)])
            case ast.stmt() | ast.Call():
                return _NONE
    return _NONE


_NONE: frozenset[str] = frozenset()


def _key(node: ast.AST | None) -> frozenset[str]:
    match node:
        case ast.Constant(value=str(name)):
            return frozenset((name,))
    return _NONE


def _targets(target: ast.AST, value: ast.AST, wanted: ast.AST) -> Iterator[str]:
    match target, value:
        case ((ast.Tuple(elts=names) | ast.List(elts=names)), (ast.Tuple(elts=values) | ast.List(elts=values))):
            for name, each in zip(names, values, strict=False):
                if each is wanted:
                    yield from _targets(name, each, wanted)
        case ((ast.Name(id=name) | ast.Attribute(attr=name)), _):
            yield name
        case ast.Subscript(slice=ast.Constant(value=str(name))), _:
            yield name
