"""The same methods, of objects that go by another name first."""

from __future__ import annotations

import libcst as cst

from .edits import Rewriting, Statement, called, dotted, every, in_place_of, is_import, names_bound, statement
from .tracking import mark_of


class ReceiverInAVariable(Rewriting):
    """`model.eval()` becomes `receiver_1 = model` and `receiver_1.eval()`."""

    title = "receiver through a variable"
    at_least = 340

    def __init__(self) -> None:
        super().__init__()
        self.imported: set[str] = set()
        self.in_class = [False]

    def visit_Module(self, node: cst.Module) -> None:
        self.imported = {name for each in every(node) if is_import(each) for name in names_bound(each)}

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        self.in_class.append(True)

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:
        self.in_class.pop()
        return updated_node

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self.in_class.append(False)

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        self.in_class.pop()
        return updated_node

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.BaseStatement | cst.FlattenSentinel[Statement]:
        call = called(updated_node)
        if call is None or not isinstance(call.func, cst.Attribute) or self.in_class[-1]:
            return updated_node
        receiver = call.func.value
        word = dotted(receiver).partition(".")[0]
        if not word or word in self.imported:
            return updated_node
        name = cst.Name(self.fresh("receiver"))
        calls = updated_node.deep_replace(call.func, call.func.with_changes(value=name))
        names = statement("{name} = {receiver}", mark_of(updated_node), name=name, receiver=receiver)
        return in_place_of(updated_node, names, calls)  # type: ignore[arg-type]
