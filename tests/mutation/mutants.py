"""Faults put into a module one at a time: what joins two ways, or holds at entry, is replaced by something else."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

AT_ENTRY: dict[str, tuple[str, ...]] = {
    "Yes": ("No", "Unknown"),
    "No": ("Yes", "Unknown"),
    "Unknown": ("Yes", "No"),
    "True": ("False",),
    "False": ("True",),
}
"""What a value at entry is replaced by."""
FIRST_OF_TWO = "lambda first, second: first"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one fault: where it is, what stood there, what stands there now, and the module's text with it."""

    path: str
    function: str
    line: int
    before: str
    after: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.function}: {self.before}  ->  {self.after}"


def mutants_of(path: str, text: str, functions: Iterable[str]) -> Iterator[Mutant]:
    """All mutants of the functions with these names, and of the cells that the module declares."""
    module = ast.parse(text)
    wanted = list(functions)
    seen = {ast.unparse(module)}
    for name, scope in _scopes(module):
        if name and not any(fnmatchcase(name, pattern) for pattern in wanted):
            continue
        for node, replacement in _faults(scope):
            written = ast.unparse(_with(module, node, replacement))
            if written not in seen:
                seen.add(written)
                yield Mutant(path, name or "module", node.lineno, _short(node), _short(replacement), written)


def _scopes(module: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """Functions and methods by name, and statements at the top without one."""
    for statement in module.body:
        match statement:
            case ast.FunctionDef():
                yield statement.name, statement
            case ast.ClassDef():
                yield from ((each.name, each) for each in statement.body if isinstance(each, ast.FunctionDef))
            case _:
                yield "", statement


def _faults(scope: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Each expression in a function, or in the declaration of a cell, with what may stand in its place."""
    if not isinstance(scope, ast.FunctionDef):
        yield from _faults_of_a_cell(scope)
        return
    first, second = _two_sides(scope)
    for node in (each for statement in scope.body for each in ast.walk(statement)):
        match node:
            case ast.BinOp(left=left, op=ast.BitOr() | ast.BitAnd(), right=right) | ast.BoolOp(values=[left, right]):
                yield node, left
                yield node, right
            case ast.IfExp(test=test, body=body, orelse=orelse):
                yield node, body
                if not _is_a_shortcut(test):
                    yield node, orelse
            case ast.If(test=test):
                yield test, ast.Constant(True)
                if not _is_a_shortcut(test):
                    yield test, ast.Constant(False)
            case ast.Return(value=ast.expr() as value) if first and not isinstance(value, ast.Name):
                yield value, ast.Name(first)
                yield value, ast.Name(second)
            case ast.Call(keywords=keywords, args=arguments):
                yield from _faults_of_a_call(keywords, first, second)
                if _joins_two(node, first, second):
                    yield node, arguments[0]
                    yield node, arguments[1]
                if len(arguments) == 1 and isinstance(arguments[0], ast.Tuple) and len(arguments[0].elts) == 2:
                    yield from ((node, element) for element in arguments[0].elts)


def _faults_of_a_call(keywords: list[ast.keyword], first: str, second: str) -> Iterator[tuple[ast.expr, ast.expr]]:
    for keyword in keywords:
        if keyword.arg == "strict":
            continue  # It only checks that two things are equally long.
        if isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, bool):
            yield keyword.value, ast.Constant(not keyword.value.value)
        elif first and keyword.arg and _is_of(keyword.value, first) and _is_of(keyword.value, second):
            yield keyword.value, ast.Attribute(ast.Name(first), keyword.arg)
            yield keyword.value, ast.Attribute(ast.Name(second), keyword.arg)


def _faults_of_a_cell(statement: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr]]:
    value = getattr(statement, "value", None)
    match value:
        case ast.Call(func=ast.Name("Cell"), args=[_, at_entry, join, *_]):
            for other in AT_ENTRY.get(ast.unparse(at_entry), ()):
                yield at_entry, ast.parse(other, mode="eval").body
            yield join, ast.parse(FIRST_OF_TWO, mode="eval").body
        case ast.Call(func=ast.Name("Cell"), keywords=keywords):
            for keyword in keywords:
                if keyword.arg == "at_entry":
                    for other in AT_ENTRY.get(ast.unparse(keyword.value), ()):
                        yield keyword.value, ast.parse(other, mode="eval").body
                if keyword.arg in ("join", "widen"):
                    yield keyword.value, ast.parse(FIRST_OF_TWO, mode="eval").body


def _two_sides(function: ast.FunctionDef) -> tuple[str, str]:
    """The two things that a function joins, if it is one that joins two."""
    names = [each.arg for each in function.args.args if each.arg != "self"]
    annotations = [ast.unparse(each.annotation) for each in function.args.args if each.annotation is not None]
    if len(names) >= 2 and len(annotations) >= 2 and annotations[0] == annotations[1]:
        return names[0], names[1]
    return "", ""


def _joins_two(call: ast.Call, first: str, second: str) -> bool:
    """Whether a call is given something of either side, the same of both."""
    if len(call.args) < 2 or not (_is_of(call.args[0], first) and _is_of(call.args[1], second)):
        return False
    return ast.unparse(call.args[0]).replace(first, second) == ast.unparse(call.args[1])


def _is_a_shortcut(test: ast.expr) -> bool:
    """Whether it asks if two things are one, which spares the work of joining them and changes nothing."""
    return isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is) and _has_names_alone(test)


def _has_names_alone(test: ast.Compare) -> bool:
    return all(isinstance(each, ast.Name) for each in (test.left, *test.comparators))


def _is_of(node: ast.expr, name: str) -> bool:
    return bool(name) and any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(node))


def _with(module: ast.Module, node: ast.expr, replacement: ast.expr) -> ast.Module:
    """A copy of the module with one expression replaced."""
    copies = {id(node): copy.deepcopy(replacement)}
    return ast.fix_missing_locations(copy.deepcopy(module, copies))


def _short(node: ast.expr) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 70 else f"{text[:67]}..."
