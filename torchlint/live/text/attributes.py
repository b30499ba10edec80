"""Where a class puts something on itself: found in the text of its methods, for what was seen on a real object."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from types import FunctionType

from torchlint.facts.site import Site
from torchlint.live.text.accumulation import added_to
from torchlint.live.text.pages import NOWHERE, Function, Page, called
from torchlint.live.text.user_files import UserFiles

PUTS = frozenset("append extend insert add update setdefault".split())


@dataclass(frozen=True, slots=True)
class _Method:
    """A method of a class: its text, and what it calls its own object, the first of its parameters."""

    page: Page
    node: Function
    own: str

    def assigns(self, statement: ast.stmt, attribute: str) -> bool:
        """Whether a statement of it assigns an attribute of its object."""
        return any(self.is_own(target, attribute) for target in _targets(statement))

    def is_own(self, node: ast.AST, attribute: str) -> bool:
        """Whether an expression is an attribute of its object."""
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=found):
                return name == self.own and found == attribute
        return False

    def tuple_by_comma(self, value: ast.expr | None) -> ast.expr | None:
        """The tuple of one that a value is, itself or by its name, if a comma at the end made it, as a slip does."""
        held = self.page.value_of(value.id, value) if isinstance(value, ast.Name) else value
        match held:
            case ast.Tuple(elts=[only]) if isinstance(only, ast.Call) or self.page.is_bare(held):
                return held
        return None

    def statements(self) -> Iterator[ast.stmt]:
        """All that is in it."""
        return (node for node in ast.walk(self.node) if isinstance(node, ast.stmt))

    def own_calls(self) -> Iterator[str]:
        """The methods of its object that it calls."""
        for node in ast.walk(self.node):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if name == self.own:
                    yield method


class Attributes:
    """Looks for assignments in the methods of a class, those of its bases last."""

    def __init__(self, files: UserFiles) -> None:
        self._files = files

    def assignment(self, kind: type, name: str) -> Site:
        """The first statement that assigns an attribute."""
        for method in self._methods(kind):
            for statement in method.statements():
                if method.assigns(statement, name):
                    return method.page.site(statement)
        return NOWHERE

    def building(self, kind: type, name: str, built: str) -> Site:
        """The first statement that assigns an attribute and calls what is `built`, else the first that assigns it."""
        for method in self._methods(kind):
            for statement in method.statements():
                if method.assigns(statement, name) and _calls(statement, built):
                    return method.page.site(statement)
        return self.assignment(kind, name)

    def is_constructed(self, kind: type, name: str) -> bool:
        """Whether `__init__`, or a method that it calls, assigns an attribute."""
        methods = list(self._methods(kind))
        reached, waiting = {"__init__"}, {"__init__"}
        while waiting:
            called = waiting.pop()
            for method in methods:
                if method.node.name == called:
                    found = set(method.own_calls()) - reached
                    reached |= found
                    waiting |= found
        inside = [method for method in methods if method.node.name in reached]
        return any(method.assigns(statement, name) for method in inside for statement in method.statements())

    def filling(self, kind: type, name: str) -> Site:
        """What puts something into a container: its assignment, or the first call that fills it if it starts empty."""
        for method in self._methods(kind):
            for statement in method.statements():
                value = getattr(statement, "value", None)
                if method.assigns(statement, name) and not _is_empty(value):
                    local = partial(_is_local, name=value.id) if isinstance(value, ast.Name) else None
                    put = None if local is None else _put(method.node, local)
                    comma = method.tuple_by_comma(value)
                    made = None if comma is None else method.page.statement_at(comma.lineno)
                    return method.page.site(put or made or statement)
        for method in self._methods(kind):
            put = _put(method.node, partial(method.is_own, attribute=name))
            if put is not None:
                return method.page.site(put)
        return self.assignment(kind, name)

    def is_by_comma(self, kind: type, name: str) -> bool:
        """Whether a comma at the end of an expression makes the tuple of one that an attribute is assigned."""
        return any(
            method.tuple_by_comma(getattr(statement, "value", None)) is not None
            for method in self._methods(kind)
            for statement in method.statements()
            if method.assigns(statement, name)
        )

    def additions(self, kind: type) -> Iterator[tuple[Site, str]]:
        """The statements that add to an attribute, with its name."""
        for method in self._methods(kind):
            for node in ast.walk(method.node):
                target = added_to(node)
                if isinstance(target, ast.Attribute) and method.is_own(target, target.attr):
                    yield method.page.site(node), target.attr

    def _methods(self, kind: type) -> Iterator[_Method]:
        for base in kind.__mro__:
            if base.__module__.startswith("torch."):
                return
            for method in vars(base).values():
                if isinstance(method, FunctionType) and self._files.is_users(method.__code__.co_filename):
                    code = method.__code__
                    page = self._files.page(code.co_filename)
                    node = page.function_at(code.co_firstlineno)
                    if node is not None:
                        yield _Method(page, node, code.co_varnames[0] if code.co_argcount else "")


def _calls(statement: ast.stmt, name: str) -> bool:
    return any(isinstance(node, ast.Call) and called(node) == name for node in ast.walk(statement))


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
