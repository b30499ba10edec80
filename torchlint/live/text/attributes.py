"""Where a class puts something on itself: found in the text of its methods, for what was seen on a real object."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial
from types import FunctionType

from torchlint.facts.site import Site
from torchlint.live.stream.places import NOWHERE, Places
from torchlint.live.text.pages import Page

PUTS = frozenset("append extend insert add update setdefault".split())


class Attributes:
    """Looks for assignments in the methods of a class, those of its bases last."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def assignment(self, kind: type, name: str) -> Site:
        """The first statement that assigns an attribute."""
        for page, method in self._methods(kind):
            for statement in _statements(method):
                if any(_is_own(target, name) for target in _targets(statement)):
                    return page.site(statement)
        return NOWHERE

    def is_constructed(self, kind: type, name: str) -> bool:
        """Whether `__init__`, or a method that it calls, assigns an attribute."""
        methods = [method for _, method in self._methods(kind)]
        reached, waiting = {"__init__"}, {"__init__"}
        while waiting:
            called = waiting.pop()
            for method in methods:
                if getattr(method, "name", "") == called:
                    found = set(_own_calls(method)) - reached
                    reached |= found
                    waiting |= found
        inside = (method for method in methods if getattr(method, "name", "") in reached)
        return any(_is_own(target, name) for each in inside for s in _statements(each) for target in _targets(s))

    def filling(self, kind: type, name: str) -> Site:
        """What puts something into a container: its assignment, or the first call that fills it if it starts empty."""
        for page, method in self._methods(kind):
            for statement in _statements(method):
                if any(_is_own(target, name) for target in _targets(statement)):
                    value = getattr(statement, "value", None)
                    if not _is_empty(value):
                        put = _put(method, partial(_is_local, name=value.id)) if isinstance(value, ast.Name) else None
                        return page.site(put or statement)
        for page, method in self._methods(kind):
            put = _put(method, partial(_is_own, name=name))
            if put is not None:
                return page.site(put)
        return self.assignment(kind, name)

    def _methods(self, kind: type) -> Iterator[tuple[Page, ast.AST]]:
        for base in kind.__mro__:
            if base.__module__.startswith("torch."):
                return
            for method in vars(base).values():
                if isinstance(method, FunctionType) and self._places.is_users_file(method.__code__.co_filename):
                    page = self._places.page(method.__code__.co_filename)
                    node = page.function_at(method.__code__.co_firstlineno)
                    if node is not None:
                        yield page, node


def _statements(method: ast.AST) -> Iterator[ast.stmt]:
    return (node for node in ast.walk(method) if isinstance(node, ast.stmt))


def _targets(statement: ast.stmt) -> list[ast.expr]:
    match statement:
        case ast.Assign(targets=targets):
            return [
                inner
                for each in targets
                for inner in (each.elts if isinstance(each, (ast.Tuple, ast.List)) else [each])
            ]
        case ast.AnnAssign(target=target):
            return [target]
    return []


def _own_calls(method: ast.AST) -> Iterator[str]:
    """The methods of its own object that a method calls."""
    for node in ast.walk(method):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name)):
                yield name


def _is_own(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="self"), attr=attribute):
            return attribute == name
    return False


def _is_local(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is_empty(value: ast.expr | None) -> bool:
    match value:
        case None:
            return True
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return not elements
        case ast.Dict(keys=keys):
            return not keys
        case ast.Call(func=ast.Name(id="list" | "dict" | "set" | "tuple"), args=arguments):
            return not arguments
    return False


def _put(method: ast.AST, is_container: Callable[[ast.AST], bool]) -> ast.AST | None:
    """The first place that puts something into a container."""
    found: list[ast.AST] = []
    for node in ast.walk(method):
        match node:
            case ast.Call(func=ast.Attribute(value=container, attr=name)) if name in PUTS and is_container(container):
                found.append(node)
            case ast.AugAssign(target=container) if is_container(container):
                found.append(node)
            case ast.Assign(targets=[ast.Subscript(value=container)]) if is_container(container):
                found.append(node)
    return min(found, key=lambda node: (node.lineno, node.col_offset), default=None)  # type: ignore[attr-defined]
