"""The same imports under other names, and one more that may fail."""

from __future__ import annotations

from collections import Counter

import libcst as cst

from .edits import Rewriting, dotted, every, is_docstring, is_import, names_bound, statement


class OptionalImport(Rewriting):
    """After the imports, one more is tried that may not be there."""

    title = "optional import tried"
    at_least = 75

    def rewrite(self, module: cst.Module) -> cst.Module:
        self.places += 1
        place = next(
            (number for number, each in enumerate(module.body) if not (is_import(each) or is_docstring(each))),
            len(module.body),
        )
        tried = statement("try:\n    import wandb\nexcept ImportError:\n    wandb = None\n")
        return module.with_changes(body=[*module.body[:place], tried, *module.body[place:]])


class OtherNames(Rewriting):
    """`from torch import nn` becomes `from torch import nn as other_1`, and so wherever `nn` is read."""

    title = "imports under other names"
    at_least = 300

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, str] = {}

    def visit_Module(self, node: cst.Module) -> None:
        bound = Counter(names_bound(node))
        for line in node.body:
            for alias in _aliases(line):
                name = _binds(alias)
                if name and bound[name] == 1:
                    self.names[name] = self.fresh("other")

    def leave_ImportAlias(self, original_node: cst.ImportAlias, updated_node: cst.ImportAlias) -> cst.ImportAlias:
        new = self.names.get(_binds(original_node))
        if new is None:
            return original_node
        space = cst.SimpleWhitespace(" ")
        return original_node.with_changes(asname=cst.AsName(cst.Name(new), space, space))

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        return not isinstance(node.names, cst.ImportStar) and dotted(node.module) != "__future__"

    def leave_ImportFrom(self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom) -> cst.ImportFrom:
        return updated_node.with_changes(module=original_node.module)

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        return updated_node.with_changes(keyword=original_node.keyword)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        new = self.names.get(updated_node.value)
        return updated_node if new is None else updated_node.with_changes(value=new)


def _aliases(line: cst.CSTNode) -> list[cst.ImportAlias]:
    if not is_import(line):
        return []
    future = any(isinstance(each, cst.ImportFrom) and dotted(each.module) == "__future__" for each in every(line))
    return [] if future else [each for each in every(line) if isinstance(each, cst.ImportAlias)]


def _binds(alias: cst.ImportAlias) -> str:
    """The name that is bound; none where it is only the first word of what is imported."""
    return dotted(alias.asname.name if alias.asname else alias.name) if alias.asname or _is_plain(alias) else ""


def _is_plain(alias: cst.ImportAlias) -> bool:
    return isinstance(alias.name, cst.Name)
