"""The same statements in a context that does nothing, in a function that is called at once, in another order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import libcst as cst

from .edits import Rewriting, Statement, block, every, is_docstring, names_bound, only_part, statement, statements_of


class NullContext(Rewriting):
    """Bodies of functions, loops and branches stand in `with contextlib.nullcontext():`."""

    title = "bodies in nullcontext"
    at_least = 400
    needs = ("import contextlib",)

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        return updated_node.with_changes(body=self._within(updated_node.body))

    def leave_For(self, original_node: cst.For, updated_node: cst.For) -> cst.For:
        return updated_node.with_changes(body=self._within(updated_node.body))

    def leave_While(self, original_node: cst.While, updated_node: cst.While) -> cst.While:
        return updated_node.with_changes(body=self._within(updated_node.body))

    def leave_If(self, original_node: cst.If, updated_node: cst.If) -> cst.If:
        return updated_node.with_changes(body=self._within(updated_node.body))

    def _within(self, suite: cst.BaseSuite) -> cst.BaseSuite:
        body = statements_of(suite)
        start = 1 if is_docstring(body[0]) else 0
        if not body[start:]:
            return suite
        self.places += 1
        within = statement("with contextlib.nullcontext():\n    pass\n")
        within = within.with_changes(body=cst.IndentedBlock(body[start:]))
        return block(suite).with_changes(body=[*body[:start], within])


class _Moved(Rewriting):
    """Runs of statements of one kind, moved out of their blocks."""

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:
        return updated_node.with_changes(body=self._moved(list(updated_node.body)))  # type: ignore[arg-type]

    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        return updated_node.with_changes(body=self._moved(statements_of(updated_node)))

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        return False  # A class has its own scope, and `super()` its own ways.

    def _moved(self, body: list[Statement]) -> list[Statement]:
        raise NotImplementedError


class CallsInAFunction(_Moved):
    """Calls whose results nobody takes are moved into a function that is called at once."""

    title = "calls in a function called at once"
    at_least = 260

    def _moved(self, body: list[Statement]) -> list[Statement]:
        return _in_runs(body, _is_a_plain_call, self._function, at_least=1)

    def _function(self, run: Sequence[Statement]) -> list[Statement]:
        name = self.fresh("moved")
        made = statement(f"def {name}():\n    pass\n").with_changes(body=cst.IndentedBlock(run))
        return [made, statement(f"{name}()")]


class AssignmentsInAFunction(_Moved):
    """Assignments are moved into a function that is called at once and gives what they assign."""

    title = "assignments in a function called at once"
    at_least = 80

    def _moved(self, body: list[Statement]) -> list[Statement]:
        return _in_runs(body, _is_a_plain_assignment, self._function, at_least=2)

    def _function(self, run: Sequence[Statement]) -> list[Statement]:
        if not _reads_only_what_it_has(run):
            return list(run)
        name = self.fresh("moved")
        given = ", ".join(dict.fromkeys(bound for each in run for bound in names_bound(each)))
        body = [*run, statement(f"return {given}")]
        made = statement(f"def {name}():\n    pass\n").with_changes(body=cst.IndentedBlock(body))
        return [made, statement(f"{given} = {name}()")]


class OtherOrder(_Moved):
    """Neighbouring functions, and neighbouring methods, stand in the opposite order."""

    title = "neighbouring functions reversed"
    at_least = 80

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        return True

    def _moved(self, body: list[Statement]) -> list[Statement]:
        return _in_runs(body, _is_a_plain_function, self._reversed, at_least=2)

    def _reversed(self, run: Sequence[Statement]) -> list[Statement]:
        names = [name for each in run if isinstance(each, cst.FunctionDef) for name in [each.name.value]]
        if len(set(names)) < len(names):
            return list(run)
        self.places += 1
        return list(reversed(run))


def _in_runs(
    body: list[Statement],
    belongs: Callable[[Statement], bool],
    change: Callable[[Sequence[Statement]], list[Statement]],
    *,
    at_least: int,
) -> list[Statement]:
    """The block, with each run of statements that belong together changed."""
    made: list[Statement] = []
    run: list[Statement] = []
    for each in [*body, None]:
        if each is not None and belongs(each):
            run.append(each)
            continue
        made += change(run) if len(run) >= at_least else run
        run = []
        if each is not None:
            made.append(each)
    return made


_TIED = (cst.Await, cst.Yield, cst.NamedExpr)
"""What means another thing in a function of its own."""
_TIED_NAMES = {"super", "locals", "globals", "vars", "exec", "eval", "__class__"}


def _may_move(node: cst.CSTNode) -> bool:
    return not any(
        isinstance(each, _TIED) or (isinstance(each, cst.Name) and each.value in _TIED_NAMES - {"eval"})
        for each in every(node)
    )


def _is_a_plain_call(node: Statement) -> bool:
    small = only_part(node)
    return isinstance(small, cst.Expr) and isinstance(small.value, cst.Call) and _may_move(node)


def _is_a_plain_assignment(node: Statement) -> bool:
    small = only_part(node)
    if not isinstance(small, cst.Assign) or not _may_move(node):
        return False
    lambdas = any(isinstance(each, cst.Lambda) for each in every(small.value))
    return not lambdas and all(isinstance(each.target, cst.Name) for each in small.targets)


def _is_a_plain_function(node: Statement) -> bool:
    if not isinstance(node, cst.FunctionDef) or node.decorators:
        return False
    parameters = node.params
    defaults = [each.default for each in (*parameters.params, *parameters.kwonly_params, *parameters.posonly_params)]
    return all(each is None or isinstance(each, (cst.Name, cst.BaseNumber, cst.SimpleString)) for each in defaults)


def _reads_only_what_it_has(run: Sequence[Statement]) -> bool:
    """Whether no statement reads a name that this run assigns, but only later or at the same time."""
    later = {name for each in run for name in names_bound(each)}
    for each in run:
        small = only_part(each)
        assert isinstance(small, cst.Assign)
        if any(isinstance(part, cst.Name) and part.value in later for part in every(small.value)):
            return False
        later -= set(names_bound(each))
    return True
