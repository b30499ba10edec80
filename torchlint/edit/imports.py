"""How a file writes the names of packages: by the imports that it has, or by one that is added."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from torchlint.edit.page import CannotEdit, Page
from torchlint.fix import Change

USUAL = {
    "torch.nn": "from torch import nn",
    "torch.nn.functional": "import torch.nn.functional as F",
    "torchvision.transforms": "from torchvision import transforms",
}
"""How a module is imported where a file does not import it yet, if not by its whole name."""


def spelled(page: Page, name: str) -> tuple[str, tuple[Change, ...]]:
    """A dotted name as the file can write it, with the import that it needs there first.

    Raises CannotEdit where the file uses the name of the import for something else.
    """
    own = _bound_to_something_else(page)
    known = {bound: meant for bound, meant in _imports(page) if bound.partition(".")[0] not in own}
    for bound, meant in sorted(known.items(), key=lambda item: (-len(item[1]), item[0])):
        if name == meant or name.startswith(meant + "."):
            return bound + name.removeprefix(meant), ()
    module = name.rpartition(".")[0]
    statement = USUAL.get(module, f"import {module}")
    bound = statement.rpartition(" ")[2]
    if bound.partition(".")[0] in own:
        raise CannotEdit(f"`{bound}` is a name of its own, so `{module}` cannot be imported under it")
    return bound + name.removeprefix(module), (_added(page, statement),)


def is_module_of_torch(page: Page, node: ast.expr) -> bool:
    """Whether a name is that of torch itself or of something in it, and no tensor or object."""
    match node:
        case ast.Name(id=name):
            return any(bound == name and meant.partition(".")[0] == "torch" for bound, meant in _imports(page))
        case ast.Attribute(value=value):
            return is_module_of_torch(page, value)
    return False


def _imports(page: Page) -> Iterator[tuple[str, str]]:
    """What the imports at the top of the file bind: each name, and the dotted name that it stands for."""
    for statement in page.tree.body:
        match statement:
            case ast.Import(names=names):
                for alias in names:
                    # `import torch.nn` binds `torch`, and makes `torch.nn` known.
                    yield alias.asname or alias.name, alias.name
                    if alias.asname is None:
                        yield alias.name.partition(".")[0], alias.name.partition(".")[0]
            case ast.ImportFrom(module=str(module), names=names, level=0):
                for alias in names:
                    yield alias.asname or alias.name, f"{module}.{alias.name}"


def _bound_to_something_else(page: Page) -> set[str]:
    """The names that the file binds anywhere by something other than an import: they do not mean a package for sure."""
    own: set[str] = set()
    for node in ast.walk(page.tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                own.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                own.add(name)
    return own


def _added(page: Page, statement: str) -> Change:
    """The change that adds an import behind the last one at the top, or behind the docstring."""
    offset = 0
    for node in page.tree.body:
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and offset == 0
        if not (is_docstring or isinstance(node, ast.Import | ast.ImportFrom)):
            break
        assert node.end_lineno is not None
        offset = page.row_start(node.end_lineno)
    if offset == 0:
        offset = page.row_start(_comments_on_top(page))
    before = page.newline if offset and page.text[offset - 1] not in "\r\n" else ""
    return page.change(offset, offset, f"{before}{statement}{page.newline}")


def _comments_on_top(page: Page) -> int:
    """How many rows at the top are comments, such as `#!` and the coding line."""
    first = page.tree.body[0].lineno - 1 if page.tree.body else 0
    rows = 0
    while rows < first and page.row_text(rows).startswith("#"):
        rows += 1
    return rows
