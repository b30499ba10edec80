"""A LibCST tree to its summary, in one walk of our own, keeping every statement's first line.

The walk goes through the file from top to bottom and counts the line breaks that it passes; nothing of the
tree is rebuilt or kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import libcst as cst

from torchlint.source import lines, syntax
from torchlint.source.lower_expression import (
    Cursor,
    augmented,
    lower_arguments,
    lower_maybe,
    lower_parameters,
)
from torchlint.source.lower_expression import lower as expression
from torchlint.source.lower_while import as_for
from torchlint.source.syntax import Expression, Statement, Summary


class UnsupportedSyntax(Exception):
    """Syntax that parses, but means something else in the Python that it was written for."""

    def __init__(self, line: int, syntax: str) -> None:
        super().__init__(f"line {line}: {syntax}")
        self.line = line
        self.syntax = syntax


def lower(tree: cst.Module, path: str, text: str = "") -> Summary:
    """Summarise a parsed file; raises UnsupportedSyntax. With its text at hand, most lines need not be counted."""
    cursor = Cursor(text)
    cursor.line += lines.empty(tree.header)
    body = _statements(cursor, tree.body)
    return Summary(path, body, frozenset(cursor.words), frozenset(cursor.borrowed))


def _statements(cursor: Cursor, nodes: Iterable[Any]) -> list[Statement]:
    found: list[Statement] = []
    for node in nodes:
        cursor.line += lines.empty(node.leading_lines)
        if type(node) is cst.SimpleStatementLine:
            cursor.begin()
            _simple_line(cursor, node, found)
        else:
            found.append(_COMPOUND[type(node)](cursor, node))
    return found


def _simple_line(cursor: Cursor, node: Any, found: list[Statement]) -> None:
    short = cursor.is_short()
    for small in node.body:
        lowered = _SIMPLE[type(small)](cursor, small)
        if lowered is not None:
            found.append(lowered)
        if not short:
            cursor.line += lines.inside(small)
    cursor.line += lines.trailing(node.trailing_whitespace)


def _block(cursor: Cursor, suite: Any) -> list[Statement]:
    """The statements after a colon; those on the header's own line belong to its logical line."""
    if type(suite) is cst.IndentedBlock:
        cursor.line += lines.trailing(suite.header)
        found = _statements(cursor, suite.body)
        cursor.line += lines.empty(suite.footer)
        return found
    found = []
    cursor.line += lines.count(suite.leading_whitespace.value)
    _simple_line(cursor, suite, found)
    return found


def _header(cursor: Cursor, node: Any) -> int:
    return 0 if cursor.is_short() else lines.header(node)


def _part_of(cursor: Cursor, node: Any) -> list[Statement]:
    """The block of an `else` or a `finally`, which may be missing."""
    if node is None:
        return []
    cursor.line += lines.empty(node.leading_lines)
    cursor.begin()
    cursor.line += _header(cursor, node)
    return _block(cursor, node.body)


def _expr(cursor: Cursor, node: cst.Expr) -> Statement | None:
    if type(node.value) is cst.SimpleString:
        return None
    return syntax.Evaluate(cursor.line, expression(cursor, node.value))


def _assign(cursor: Cursor, node: cst.Assign) -> Statement:
    targets = [expression(cursor, each.target) for each in node.targets]
    return syntax.Assign(cursor.line, targets, expression(cursor, node.value))


def _annotated(cursor: Cursor, node: cst.AnnAssign) -> Statement:
    target = expression(cursor, node.target)
    annotation = expression(cursor, node.annotation.annotation)
    return syntax.Assign(cursor.line, [target], lower_maybe(cursor, node.value), annotation)


def _augmented(cursor: Cursor, node: cst.AugAssign) -> Statement:
    target = expression(cursor, node.target)
    return syntax.Augment(cursor.line, target, augmented(node.operator), expression(cursor, node.value))


def _return(cursor: Cursor, node: cst.Return) -> Statement:
    return syntax.Return(cursor.line, lower_maybe(cursor, node.value))


def _raise(cursor: Cursor, node: cst.Raise) -> Statement:
    value = lower_maybe(cursor, node.exc)
    if node.cause is not None:
        expression(cursor, node.cause.item)
    return syntax.Raise(cursor.line, value)


def _break(cursor: Cursor, _: cst.Break) -> Statement:
    return syntax.Jump(cursor.line, "break")


def _continue(cursor: Cursor, _: cst.Continue) -> Statement:
    return syntax.Jump(cursor.line, "continue")


def _pass(_: Cursor, __: cst.Pass) -> None:
    return None


def _delete(cursor: Cursor, node: cst.Del) -> Statement:
    target = node.target
    if isinstance(target, cst.Tuple) and not target.lpar:
        return syntax.Delete(cursor.line, [expression(cursor, each) for each in target.elements])
    return syntax.Delete(cursor.line, [expression(cursor, target)])


def _assert(cursor: Cursor, node: cst.Assert) -> Statement:
    test = expression(cursor, node.test)
    lower_maybe(cursor, node.msg)
    return syntax.Assert(cursor.line, test)


def _global(cursor: Cursor, node: cst.Global) -> Statement:
    return syntax.Outer(cursor.line, "global", [cursor.word(each.name.value) for each in node.names])


def _nonlocal(cursor: Cursor, node: cst.Nonlocal) -> Statement:
    return syntax.Outer(cursor.line, "nonlocal", [cursor.word(each.name.value) for each in node.names])


def _import(cursor: Cursor, node: Any) -> Statement:
    return syntax.Import(cursor.line, _aliases(cursor, node.names))


def _import_from(cursor: Cursor, node: Any) -> Statement:
    module = "" if node.module is None else _dotted(cursor, node.module)
    names = [("*", "")] if isinstance(node.names, cst.ImportStar) else _aliases(cursor, node.names)
    return syntax.ImportFrom(cursor.line, module, len(node.relative), names)


def _aliases(cursor: Cursor, nodes: Iterable[cst.ImportAlias]) -> list[tuple[str, str]]:
    found = []
    for node in nodes:
        dotted = _dotted(cursor, node.name)
        name = node.asname.name if node.asname is not None else None
        alias = cursor.word(name.value) if isinstance(name, cst.Name) else ""
        if alias:
            cursor.aliases[alias] = dotted.rpartition(".")[2]
        found.append((dotted, alias))
    return found


def _dotted(cursor: Cursor, node: Any) -> str:
    parts = []
    while isinstance(node, cst.Attribute):
        parts.append(cursor.word(node.attr.value))
        node = node.value
    parts.append(cursor.word(node.value))
    return ".".join(reversed(parts))


def _type_alias(cursor: Cursor, node: Any) -> Statement:
    name = expression(cursor, node.name)
    _type_parameters(cursor, node.type_parameters)
    return syntax.Assign(cursor.line, [name], expression(cursor, node.value))


def _type_parameters(cursor: Cursor, node: Any) -> None:
    """Pass over type parameters: no run depends on them, but the calls in them are numbered."""
    for each in () if node is None else node.params:
        lower_maybe(cursor, getattr(each.param, "bound", None))
        lower_maybe(cursor, each.default)


def _if(cursor: Cursor, node: cst.If) -> Statement:
    line = cursor.begin()
    test = expression(cursor, node.test)
    cursor.line += _header(cursor, node)
    yes = _block(cursor, node.body)
    if isinstance(node.orelse, cst.If):
        cursor.line += lines.empty(node.orelse.leading_lines)
        return syntax.If(line, test, yes, [_if(cursor, node.orelse)])
    return syntax.If(line, test, yes, _part_of(cursor, node.orelse))


def _for(cursor: Cursor, node: cst.For) -> Statement:
    line = cursor.begin()
    target, source = expression(cursor, node.target), expression(cursor, node.iter)
    cursor.line += _header(cursor, node)
    body = _block(cursor, node.body)
    return syntax.For(line, target, source, body, _part_of(cursor, node.orelse))


def _while(cursor: Cursor, node: cst.While) -> Statement:
    line = cursor.begin()
    test = expression(cursor, node.test)
    cursor.line += _header(cursor, node)
    body = _block(cursor, node.body)
    return as_for(syntax.While(line, test, body, _part_of(cursor, node.orelse)))


def _with(cursor: Cursor, node: cst.With) -> Statement:
    line = cursor.begin()
    items: list[tuple[Expression, Expression | None]] = []
    for each in node.items:
        value = expression(cursor, each.item)
        items.append((value, None if each.asname is None else expression(cursor, each.asname.name)))
    cursor.line += _header(cursor, node)
    return syntax.With(line, items, _block(cursor, node.body))


def _try(cursor: Cursor, node: Any) -> Statement:
    line = cursor.begin()
    cursor.line += _header(cursor, node)
    body = _block(cursor, node.body)
    handlers = [_handler(cursor, each) for each in node.handlers]
    otherwise = _part_of(cursor, node.orelse)
    return syntax.Try(line, body, handlers, otherwise, _part_of(cursor, node.finalbody))


def _handler(cursor: Cursor, node: Any) -> syntax.Handler:
    cursor.line += lines.empty(node.leading_lines)
    cursor.begin()
    if _is_python_2(node.type):
        raise UnsupportedSyntax(cursor.line, "`except X, name` of Python 2")
    kind = lower_maybe(cursor, node.type)
    name = "" if node.name is None else cursor.word(node.name.name.value)
    cursor.line += _header(cursor, node)
    return syntax.Handler(kind, name, _block(cursor, node.body))


def _is_python_2(kind: Any) -> bool:
    """Tell `except X, e` from `except X, Y` of Python 3.14 by the last name, which is no class's."""
    if not isinstance(kind, cst.Tuple) or kind.lpar or len(kind.elements) != 2:
        return False
    last = kind.elements[1].value
    return isinstance(last, cst.Name) and last.value[0].islower()


def _match(cursor: Cursor, node: cst.Match) -> Statement:
    line = cursor.begin()
    subject = expression(cursor, node.subject)
    cursor.line += _header(cursor, node) + lines.trailing(node.whitespace_after_colon)
    cases = [_case(cursor, each) for each in node.cases]
    cursor.line += lines.empty(node.footer)
    return syntax.Match(line, subject, cases)


def _case(cursor: Cursor, node: cst.MatchCase) -> syntax.Case:
    cursor.line += lines.empty(node.leading_lines)
    cursor.begin()
    pattern = None
    if isinstance(node.pattern, (cst.MatchValue, cst.MatchSingleton)):
        pattern = expression(cursor, node.pattern.value)
    names = _bound(cursor, node.pattern)
    guard = lower_maybe(cursor, node.guard)
    cursor.line += _header(cursor, node)
    return syntax.Case(pattern, names, guard, _block(cursor, node.body))


def _bound(cursor: Cursor, node: Any) -> list[str]:
    """The names that a pattern binds."""
    match node:
        case cst.MatchAs() | cst.MatchStar():
            inner = _bound(cursor, getattr(node, "pattern", None))
            return inner if node.name is None else [*inner, cursor.word(node.name.value)]
        case cst.MatchSequence() | cst.MatchOr():
            parts: list[Any] = list(node.patterns)
        case cst.MatchClass():
            expression(cursor, node.cls)
            parts = [*node.patterns, *node.kwds]
        case cst.MatchMapping():
            rest = [] if node.rest is None else [cursor.word(node.rest.value)]
            return [name for each in node.elements for name in _bound(cursor, each.pattern)] + rest
        case cst.MatchSequenceElement():
            return _bound(cursor, node.value)
        case cst.MatchKeywordElement() | cst.MatchOrElement():
            return _bound(cursor, node.pattern)
        case _:
            return []
    return [name for each in parts for name in _bound(cursor, each)]


def _decorators(cursor: Cursor, node: Any) -> list[Expression]:
    found = []
    for each in node.decorators:
        cursor.line += lines.empty(each.leading_lines)
        cursor.begin()
        found.append(expression(cursor, each.decorator))
        cursor.line += lines.header(each) + lines.trailing(each.trailing_whitespace)
    cursor.line += lines.empty(node.lines_after_decorators)
    return found


def _function(cursor: Cursor, node: cst.FunctionDef) -> Statement:
    outer, outer_yields = cursor.words, cursor.yields
    cursor.words, cursor.yields = set(), False
    decorators = _decorators(cursor, node)
    line = cursor.begin()
    _type_parameters(cursor, node.type_parameters)
    parameters = lower_parameters(cursor, node.params)
    if node.returns is not None:
        expression(cursor, node.returns.annotation)
    cursor.line += _header(cursor, node)
    body = _block(cursor, node.body)
    words, yields = cursor.words_since(outer), cursor.yields
    cursor.yields = outer_yields
    name = cursor.word(node.name.value)
    return syntax.Function(line, name, parameters, body, decorators, yields, words)


def _class(cursor: Cursor, node: cst.ClassDef) -> Statement:
    outer, outer_yields = cursor.words, cursor.yields
    cursor.words = set()
    decorators = _decorators(cursor, node)
    outside, cursor.in_class = cursor.in_class, True
    line = cursor.begin()
    _type_parameters(cursor, node.type_parameters)
    bases = lower_arguments(cursor, node.bases) + lower_arguments(cursor, node.keywords)
    cursor.line += _header(cursor, node)
    body = _block(cursor, node.body)
    words = cursor.words_since(outer)
    cursor.yields, cursor.in_class = outer_yields, outside
    return syntax.Class(line, cursor.word(node.name.value), bases, body, decorators, words)


_SIMPLE: dict[type, Callable[[Cursor, Any], Statement | None]] = {
    cst.Expr: _expr,
    cst.Assign: _assign,
    cst.AnnAssign: _annotated,
    cst.AugAssign: _augmented,
    cst.Return: _return,
    cst.Raise: _raise,
    cst.Break: _break,
    cst.Continue: _continue,
    cst.Pass: _pass,
    cst.Del: _delete,
    cst.Assert: _assert,
    cst.Global: _global,
    cst.Nonlocal: _nonlocal,
    cst.Import: _import,
    cst.ImportFrom: _import_from,
    cst.TypeAlias: _type_alias,
}
_COMPOUND: dict[type, Callable[[Cursor, Any], Statement]] = {
    cst.If: _if,
    cst.For: _for,
    cst.While: _while,
    cst.With: _with,
    cst.Try: _try,
    cst.TryStar: _try,
    cst.Match: _match,
    cst.FunctionDef: _function,
    cst.ClassDef: _class,
}
# Newer LibCST knows newer Python.
for _kind, _handler_of in (("LazyImport", _import), ("LazyImportFrom", _import_from)):
    if hasattr(cst, _kind):
        _SIMPLE[getattr(cst, _kind)] = _handler_of
