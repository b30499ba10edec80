"""How a file writes the names of packages: by the imports that it has, or by one that is added."""

from __future__ import annotations

import ast
import sys
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
    own = page.own_names  # They do not mean a package for sure.
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


def _added(page: Page, statement: str) -> Change:
    """The change that adds an import at the top, among those of the standard library or among the others."""
    imports = _at_the_top(page)
    package = _package(ast.parse(statement).body[0])
    standard = package in sys.stdlib_module_names
    alike = [each for each in imports if (_package(each) in sys.stdlib_module_names) is standard]
    before = [each for each in alike if _package(each) <= package] or ([] if standard else imports)
    if before:
        return _row(page, page.row_start(before[-1].end_lineno or 0), statement)
    if alike:
        return _row(page, page.row_start(alike[0].lineno - 1), statement)
    if imports and _package(imports[0]) != "__future__":
        return _row(page, page.row_start(imports[0].lineno - 1), statement + page.newline)
    return _row(page, page.row_start(_rows_on_top(page)), statement)


def _at_the_top(page: Page) -> list[ast.Import | ast.ImportFrom]:
    """The imports with which the file begins, in order."""
    found: list[ast.Import | ast.ImportFrom] = []
    for node in page.tree.body[_has_docstring(page) :]:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            break
        found.append(node)
    return found


def _row(page: Page, offset: int, statement: str) -> Change:
    before = page.newline if offset and page.text[offset - 1] not in "\r\n" else ""
    return page.change(offset, offset, f"{before}{statement}{page.newline}")


def _package(node: ast.stmt) -> str:
    match node:
        case ast.Import(names=[alias, *_]):
            return alias.name.partition(".")[0]
        case ast.ImportFrom(module=str(module), level=0):
            return module.partition(".")[0]
    return ""


def _has_docstring(page: Page) -> bool:
    return ast.get_docstring(page.tree, clean=False) is not None


def _rows_on_top(page: Page) -> int:
    """How many rows come before the code: a docstring, comments such as `#!` and the coding line, and `__future__`."""
    rows = 0
    for node in page.tree.body:
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if not is_future and not (node is page.tree.body[0] and _has_docstring(page)):
            break
        rows = node.end_lineno or rows
    first = page.tree.body[0].lineno - 1 if page.tree.body else 0
    while rows < first and page.row_text(rows).startswith("#"):
        rows += 1
    return rows
