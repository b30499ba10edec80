"""The same branches, written otherwise."""

from __future__ import annotations

import libcst as cst

from .edits import (
    FLAG,
    MAKE_FLAG,
    Rewriting,
    Statement,
    block,
    is_docstring,
    only_part,
    statement,
    statements_of,
    without_space,
)
from .tracking import joined, mark_of

_OPPOSITES: dict[type[cst.BaseCompOp], type[cst.BaseCompOp]] = {
    cst.Equal: cst.NotEqual,
    cst.NotEqual: cst.Equal,
    cst.Is: cst.IsNot,
    cst.IsNot: cst.Is,
    cst.In: cst.NotIn,
    cst.NotIn: cst.In,
}


class SwappedBranches(Rewriting):
    """`if c: A` / `else: B` becomes `if not c: B` / `else: A`."""

    title = "branches swapped"
    at_least = 3

    def leave_If(self, original_node: cst.If, updated_node: cst.If) -> cst.If:
        if updated_node.orelse is None:
            return updated_node
        self.places += 1
        return updated_node.with_changes(
            test=negated(updated_node.test),
            body=_otherwise(updated_node.orelse).with_changes(header=block(updated_node.body).header),
            orelse=cst.Else(block(updated_node.body).with_changes(header=cst.TrailingWhitespace())),
            whitespace_before_test=cst.SimpleWhitespace(" "),
        )


class EmptiedBranch(Rewriting):
    """`if c: A` becomes `if not c: pass` / `else: A`."""

    title = "branch after an empty one"
    at_least = 14

    def leave_If(self, original_node: cst.If, updated_node: cst.If) -> cst.If:
        guard = isinstance(updated_node.test, cst.Comparison) and _names_main(updated_node.test)
        if updated_node.orelse is not None or guard:
            return updated_node
        self.places += 1
        body = block(updated_node.body)
        return updated_node.with_changes(
            test=negated(updated_node.test),
            body=cst.IndentedBlock([statement("pass")], header=body.header),
            orelse=cst.Else(body.with_changes(header=cst.TrailingWhitespace())),
            whitespace_before_test=cst.SimpleWhitespace(" "),
        )


class ElsePass(Rewriting):
    """`else: pass` is added to an `if` that has none."""

    title = "else: pass"
    at_least = 23

    def leave_If(self, original_node: cst.If, updated_node: cst.If) -> cst.If:
        if updated_node.orelse is not None:
            return updated_node
        self.places += 1
        return updated_node.with_changes(orelse=cst.Else(cst.IndentedBlock([statement("pass")])))


class UnknownBranch(Rewriting):
    """A branch under an unknown flag sets a name that nothing reads, at the start of blocks and before their end."""

    title = "unknown branch, unused name"
    at_least = 600
    needs = MAKE_FLAG

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        return updated_node.with_changes(body=self._filled(updated_node.body))

    def leave_For(self, original_node: cst.For, updated_node: cst.For) -> cst.For:
        return updated_node.with_changes(body=self._filled(updated_node.body))

    def leave_While(self, original_node: cst.While, updated_node: cst.While) -> cst.While:
        return updated_node.with_changes(body=self._filled(updated_node.body))

    def _filled(self, suite: cst.BaseSuite) -> cst.IndentedBlock:
        body = statements_of(suite)
        start = 1 if is_docstring(body[0]) else 0
        made = [*body[:start], self._branch(), *body[start:]]
        if len(body) > start + 1:
            made.insert(-1, self._branch())
        return block(suite).with_changes(body=made)

    def _branch(self) -> cst.If:
        return self.perhaps(statement(f"{self.fresh('unused')} = 1"))


class _InBothBranches(Rewriting):
    """Statements of one kind stand in both branches of an unknown condition."""

    needs = MAKE_FLAG

    def __init__(self) -> None:
        super().__init__()
        self.blocks = [False]

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        self.blocks.append(True)

    def leave_ClassDef(self, original_node: cst.ClassDef, updated_node: cst.ClassDef) -> cst.ClassDef:
        self.blocks.pop()
        return updated_node

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self.blocks.append(False)

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        self.blocks.pop()
        return updated_node

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.BaseStatement:
        if self.blocks[-1] or not self.belongs(only_part(updated_node)):
            return updated_node
        self.places += 1
        line = without_space(updated_node)
        both = cst.IndentedBlock([line])
        made = statement(f"if {FLAG}:\n    pass\n").with_changes(body=both, orelse=cst.Else(both))
        return made.with_changes(leading_lines=updated_node.leading_lines)

    def belongs(self, small: cst.BaseSmallStatement | None) -> bool:
        raise NotImplementedError


class CallsInBothBranches(_InBothBranches):
    """`optimizer.step()` becomes `if flag: optimizer.step()` / `else: optimizer.step()`."""

    title = "calls in both branches"
    at_least = 500

    def belongs(self, small: cst.BaseSmallStatement | None) -> bool:
        return isinstance(small, cst.Expr) and isinstance(small.value, cst.Call)


class AssignmentsInBothBranches(_InBothBranches):
    """`loss = criterion(output, target)` becomes the same in both branches."""

    title = "assignments in both branches"
    at_least = 700

    def belongs(self, small: cst.BaseSmallStatement | None) -> bool:
        return isinstance(small, (cst.Assign, cst.AugAssign))


class ConditionalExpression(Rewriting):
    """`if c: x = A` / `else: x = B` becomes `x = A if c else B`."""

    title = "if as an expression"
    at_least = 1

    def __init__(self) -> None:
        super().__init__()
        self.otherwise: set[cst.If] = set()

    def visit_If(self, node: cst.If) -> None:
        if isinstance(node.orelse, cst.If):
            self.otherwise.add(node.orelse)

    def leave_If(self, original_node: cst.If, updated_node: cst.If) -> Statement:
        if original_node in self.otherwise or not isinstance(updated_node.orelse, cst.Else):
            return updated_node  # An `elif` is no statement of its own.
        first, second = _assigns(updated_node.body), _assigns(updated_node.orelse.body)
        if first is None or second is None or not first.targets[0].target.deep_equals(second.targets[0].target):
            return updated_node
        self.places += 1
        choice = cst.IfExp(
            test=in_brackets(updated_node.test), body=in_brackets(first.value), orelse=in_brackets(second.value)
        )
        lines = (statements_of(updated_node.body)[0], statements_of(updated_node.orelse.body)[0])
        mark = joined(mark_of(block(updated_node.body)), *(mark_of(line) for line in lines))  # type: ignore[arg-type]
        made = statement("{target} = {choice}", mark, target=first.targets[0].target, choice=choice)
        return made.with_changes(leading_lines=updated_node.leading_lines)


def negated(test: cst.BaseExpression) -> cst.BaseExpression:
    """The condition that holds where this one does not."""
    match test:
        case cst.UnaryOperation(operator=cst.Not(), expression=inner) if not test.lpar:
            return inner
        case cst.Comparison(comparisons=[cst.ComparisonTarget(operator=operator) as target]) if (
            not test.lpar and type(operator) in _OPPOSITES
        ):
            opposite = _OPPOSITES[type(operator)]()
            return test.with_changes(comparisons=[target.with_changes(operator=opposite)])
    return cst.UnaryOperation(cst.Not(), in_brackets(test))


def in_brackets(node: cst.BaseExpression) -> cst.BaseExpression:
    """The expression in brackets, unless it is a name, a call or the like."""
    if node.lpar or isinstance(node, (cst.Name, cst.Call, cst.Attribute, cst.Subscript, cst.BaseNumber)):
        return node
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _otherwise(orelse: cst.If | cst.Else) -> cst.IndentedBlock:
    """What runs otherwise, as a block."""
    return block(orelse.body) if isinstance(orelse, cst.Else) else cst.IndentedBlock([orelse])


def _names_main(test: cst.Comparison) -> bool:
    return isinstance(test.left, cst.Name) and test.left.value == "__name__"


def _assigns(suite: cst.BaseSuite) -> cst.Assign | None:
    """The assignment to one name or attribute that is all that a block does."""
    body = statements_of(suite)
    small = only_part(body[0]) if len(body) == 1 else None
    if not isinstance(small, cst.Assign) or len(small.targets) != 1:
        return None
    return small if isinstance(small.targets[0].target, (cst.Name, cst.Attribute)) else None
