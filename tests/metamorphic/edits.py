"""What all rewritings are made of: statements from a template, marks on them, blocks, names that nothing else uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from functools import cache
from typing import ClassVar, TypeAlias, cast

import libcst as cst
from libcst.helpers import parse_template_statement

Statement: TypeAlias = cst.SimpleStatementLine | cst.BaseCompoundStatement
FLAG = "options_of_the_run.perhaps"
MAKE_FLAG = ("import argparse", "options_of_the_run = argparse.ArgumentParser().parse_args()")
"""A flag of which nothing is known, and what a script needs for it."""


class Rewriting(cst.CSTTransformer):
    """Rewrites a script at every place where it may, and counts the places."""

    title: ClassVar[str]
    at_least: ClassVar[int]
    """So many places there are in the quick part of the fixtures, or something is wrong with the rewriting."""
    needs: ClassVar[tuple[str, ...]] = ()
    """Statements that a rewritten script needs at its top."""

    def __init__(self) -> None:
        super().__init__()
        self.places = 0
        self._turn = 0

    def rewrite(self, module: cst.Module) -> cst.Module:
        """The script rewritten, or the very same where there is no place for it."""
        self._turn = len(module.body)
        rewritten = module.visit(self)
        if not self.places:
            return module
        return with_top(rewritten, [statement(each) for each in self.needs])

    def fresh(self, word: str) -> str:
        """A name for the place at hand that nothing else has; it counts the place."""
        self.places += 1
        return f"{word}_{self.places}"

    def perhaps(self, *body: Statement) -> cst.If:
        """These statements under a flag of which nothing is known: in the first branch, or in turn in the second."""
        self._turn += 1
        inner = cst.IndentedBlock([without_space(each) for each in body])
        if self._turn % 2:
            return cast(cst.If, statement(f"if {FLAG}: pass")).with_changes(body=inner)
        turned = cast(cst.If, statement(f"if not {FLAG}:\n    pass\nelse:\n    pass\n"))
        return turned.with_changes(orelse=cst.Else(inner))


def statement(template: str, mark: str = "", **parts: cst.CSTNode) -> Statement:
    """A statement with `{parts}` filled in, and with this mark on it."""
    made = cast(Statement, parse_template_statement(template, **parts))  # type: ignore[arg-type]
    return marked(made, mark) if mark else made


def marked(node: Statement, mark: str) -> Statement:
    """The same statement with this mark, at the end of its line or of its header."""
    space = cst.TrailingWhitespace(cst.SimpleWhitespace("  "), cst.Comment(mark))
    if isinstance(node, cst.SimpleStatementLine):
        return node.with_changes(trailing_whitespace=space)
    return node.with_changes(body=block(node.body).with_changes(header=space))


def block(suite: cst.BaseSuite) -> cst.IndentedBlock:
    """The suite as an indented block."""
    if isinstance(suite, cst.IndentedBlock):
        return suite
    assert isinstance(suite, cst.SimpleStatementSuite)
    line = cst.SimpleStatementLine(suite.body, trailing_whitespace=suite.trailing_whitespace)
    return cst.IndentedBlock([line], header=suite.trailing_whitespace)


def statements_of(suite: cst.BaseSuite) -> list[Statement]:
    """The statements of a block."""
    return [cast(Statement, each) for each in block(suite).body]


def without_space(node: Statement) -> Statement:
    """The statement without empty lines or comments before it."""
    return node.with_changes(leading_lines=[])


def in_place_of(node: Statement, *made: Statement) -> cst.FlattenSentinel[Statement]:
    """Several statements where one was."""
    first, *others = made
    return cst.FlattenSentinel([first.with_changes(leading_lines=node.leading_lines), *others])


def with_top(module: cst.Module, made: Sequence[Statement]) -> cst.Module:
    """The module with statements after its docstring and its imports from `__future__`."""
    place = next(
        (number for number, each in enumerate(module.body) if not (is_docstring(each) or _is_of_the_future(each))),
        len(module.body),
    )
    return module.with_changes(body=[*module.body[:place], *made, *module.body[place:]])


def is_docstring(node: cst.CSTNode) -> bool:
    """Whether it is a string that stands alone."""
    small = only_part(node)
    return isinstance(small, cst.Expr) and isinstance(small.value, (cst.SimpleString, cst.ConcatenatedString))


def _is_of_the_future(node: cst.CSTNode) -> bool:
    small = only_part(node)
    return isinstance(small, cst.ImportFrom) and dotted(small.module) == "__future__"


def is_import(node: cst.CSTNode) -> bool:
    """Whether it only imports."""
    return isinstance(only_part(node), (cst.Import, cst.ImportFrom))


def only_part(node: cst.CSTNode) -> cst.BaseSmallStatement | None:
    """What a line does, where it does one thing."""
    if isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1:
        return node.body[0]
    return None


def called(node: cst.CSTNode) -> cst.Call | None:
    """The call that a line makes and forgets, or whose result it assigns."""
    small = only_part(node)
    value = small.value if isinstance(small, (cst.Expr, cst.Assign)) else None
    return value if isinstance(value, cst.Call) else None


def method_call(node: cst.CSTNode, *names: str) -> cst.Call | None:
    """The call of a method with one of these names that is all that a line does."""
    call = called(node)
    if isinstance(only_part(node), cst.Expr) and call is not None and isinstance(call.func, cst.Attribute):
        return call if call.func.attr.value in names else None
    return None


def dotted(node: cst.CSTNode | None) -> str:
    """A dotted name, or nothing if it is anything else."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr.value}" if before else ""
    return ""


def every(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and all within it, but for spaces, brackets and the like. (`node.children` takes ten times as long.)"""
    yield node
    for name in _fields_of(type(node)):
        value = getattr(node, name)
        for child in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(child, cst.CSTNode):
                yield from every(child)


@cache
def _fields_of(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    names = tuple(each.name for each in fields(kind))  # type: ignore[arg-type]
    return tuple(name for name in names if not name.startswith(_LAYOUT))


_LAYOUT = (
    "whitespace",
    "leading_lines",
    "trailing",
    "lpar",
    "rpar",
    "lbracket",
    "rbracket",
    "comma",
    "equal",
    "header",
)


def names_bound(node: cst.CSTNode) -> Iterator[str]:
    """The names that something in here binds, one for each time."""
    for each in every(node):
        match each:
            case cst.AssignTarget(target=target) | cst.AnnAssign(target=target) | cst.AugAssign(target=target):
                yield from _names_in(target)
            case cst.For(target=target) | cst.CompFor(target=target) | cst.NamedExpr(target=target):
                yield from _names_in(target)
            case cst.AsName(name=name):
                yield from _names_in(name)
            case cst.Param(name=name) | cst.FunctionDef(name=name) | cst.ClassDef(name=name):
                yield name.value
            case cst.ImportAlias(name=name, asname=None):
                yield dotted(name).partition(".")[0]
            case cst.NameItem(name=name):
                yield name.value
            case cst.MatchAs(name=cst.Name(value=value)) | cst.MatchStar(name=cst.Name(value=value)):
                yield value


def _names_in(target: cst.CSTNode) -> Iterator[str]:
    if isinstance(target, cst.Name):
        yield target.value
    elif isinstance(target, (cst.Tuple, cst.List)):
        for element in target.elements:
            yield from _names_in(element.value)
