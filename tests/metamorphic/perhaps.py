"""What is right becomes conditional on something unknown, or something wrong is added under it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

import libcst as cst

from .edits import (
    FLAG,
    MAKE_FLAG,
    Rewriting,
    Statement,
    called,
    dotted,
    every,
    in_place_of,
    method_call,
    names_bound,
    only_part,
    statement,
    without_space,
)
from .tracking import mark_of

Made = cst.BaseStatement | cst.FlattenSentinel[Statement]
_LOSS = re.compile(r"criterion|loss|cross_entropy|nll", re.IGNORECASE)


class _CallPerhaps(Rewriting):
    """A method is called only under a flag."""

    method: ClassVar[str]
    needs = MAKE_FLAG

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> Made:
        if method_call(updated_node, self.method) is None:
            return updated_node
        self.places += 1
        return in_place_of(updated_node, self.perhaps(updated_node))


class ClearsPerhaps(_CallPerhaps):
    title = "zero_grad perhaps"
    at_least = 70
    method = "zero_grad"


class StepsPerhaps(_CallPerhaps):
    title = "step perhaps"
    at_least = 80
    method = "step"


class BackwardPerhaps(_CallPerhaps):
    title = "backward perhaps"
    at_least = 75
    method = "backward"


class EvalPerhaps(_CallPerhaps):
    title = "eval perhaps"
    at_least = 20
    method = "eval"


class TrainPerhaps(_CallPerhaps):
    title = "train perhaps"
    at_least = 35
    method = "train"


class EvalAfterTrainPerhaps(Rewriting):
    """`model.train()` is followed by `model.eval()` under a flag."""

    title = "eval after train perhaps"
    at_least = 35
    needs = MAKE_FLAG

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> Made:
        call = method_call(updated_node, "train")
        if call is None or call.args:
            return updated_node
        self.places += 1
        assert isinstance(call.func, cst.Attribute)
        return in_place_of(updated_node, updated_node, self.perhaps(statement("{model}.eval()", model=call.func.value)))


class _BeforeTraining(Rewriting):
    """Something is put before each outermost loop that runs backward."""

    def __init__(self) -> None:
        super().__init__()
        self.loops = 0

    def put_in(self) -> Statement:
        raise NotImplementedError

    def visit_For(self, node: cst.For) -> None:
        self.loops += 1

    def visit_While(self, node: cst.While) -> None:
        self.loops += 1

    def leave_For(self, original_node: cst.For, updated_node: cst.For) -> Made:
        return self._after(updated_node)

    def leave_While(self, original_node: cst.While, updated_node: cst.While) -> Made:
        return self._after(updated_node)

    def _after(self, loop: cst.For | cst.While) -> Made:
        self.loops -= 1
        if self.loops or not _runs_backward(loop):
            return loop
        self.places += 1
        return in_place_of(loop, self.put_in(), without_space(loop))


class GradientsPerhapsOff(_BeforeTraining):
    """`if flag: torch.set_grad_enabled(False)` stands before a training loop."""

    title = "gradients perhaps off"
    at_least = 65
    needs = ("import torch", *MAKE_FLAG)

    def put_in(self) -> Statement:
        return self.perhaps(statement("torch.set_grad_enabled(False)"))


class GradientsOffWithoutAPackage(_BeforeTraining):
    """Gradients are switched off before a training loop where an optional import fails."""

    title = "gradients off after a failed import"
    at_least = 65
    needs = ("import torch",)

    def put_in(self) -> Statement:
        return statement("try:\n    import wandb\nexcept ImportError:\n    torch.set_grad_enabled(False)\n")


class _InTraining(Rewriting):
    """The body of each innermost loop that runs backward is changed."""

    def change(self, body: Sequence[cst.BaseStatement]) -> Sequence[cst.BaseStatement]:
        raise NotImplementedError

    def leave_For(self, original_node: cst.For, updated_node: cst.For) -> cst.For:
        within = any(_is_training(each) for each in every(updated_node.body))
        if within or not _is_training(updated_node) or not isinstance(updated_node.body, cst.IndentedBlock):
            return updated_node
        self.places += 1
        body = self.change(list(updated_node.body.body))  # type: ignore[arg-type]
        return updated_node.with_changes(body=updated_node.body.with_changes(body=body))


class TrainingPerhapsWithoutGradients(_InTraining):
    """The body of a training loop stands in `with torch.set_grad_enabled(flag):`."""

    title = "training in set_grad_enabled(flag)"
    at_least = 65
    needs = ("import torch", *MAKE_FLAG)

    def change(self, body: Sequence[cst.BaseStatement]) -> Sequence[cst.BaseStatement]:
        within = statement(f"with torch.set_grad_enabled({FLAG}):\n    pass\n")
        return [within.with_changes(body=cst.IndentedBlock(body))]


class NoGradPerhaps(Rewriting):
    """`torch.no_grad()` becomes `torch.set_grad_enabled(flag)`."""

    title = "no_grad by a flag"
    at_least = 20
    needs = MAKE_FLAG

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        if dotted(updated_node.func) != "torch.no_grad" or updated_node.args:
            return updated_node
        self.places += 1
        switch = cst.parse_expression(f"torch.set_grad_enabled({FLAG})")
        assert isinstance(switch, cst.Call)
        return switch


class ShufflesPerhaps(Rewriting):
    """`shuffle=True` becomes `shuffle=flag`."""

    title = "shuffle by a flag"
    at_least = 55
    needs = MAKE_FLAG

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        if updated_node.keyword is None or updated_node.keyword.value != "shuffle":
            return updated_node
        self.places += 1
        return updated_node.with_changes(value=cst.parse_expression(FLAG))


class DetachesPerhaps(Rewriting):
    """`if flag: loss = loss.detach()` stands before `loss.backward()`."""

    title = "loss detached perhaps"
    at_least = 60
    needs = MAKE_FLAG

    def __init__(self) -> None:
        super().__init__()
        self.bound: list[set[str]] = []

    def visit_Module(self, node: cst.Module) -> None:
        self.bound.append({name for each in node.body if not _is_a_scope(each) for name in names_bound(each)})

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self.bound.append(set(names_bound(node.params)) | set(names_bound(node.body)))

    def leave_FunctionDef(self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef) -> cst.FunctionDef:
        self.bound.pop()
        return updated_node

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> Made:
        call = method_call(updated_node, "backward")
        if call is None:
            return updated_node
        assert isinstance(call.func, cst.Attribute)
        loss = dotted(call.func.value)
        if call.args and isinstance(call.args[0].value, cst.Name) and call.args[0].keyword is None:
            loss = call.args[0].value.value
        if loss not in self.bound[-1]:
            return updated_node
        self.places += 1
        return in_place_of(
            updated_node, self.perhaps(statement(f"{loss} = {loss}.detach()")), without_space(updated_node)
        )


class SoftmaxPerhaps(Rewriting):
    """A softmax is appended to what a loss is computed of, under a flag."""

    title = "softmax appended perhaps"
    at_least = 55
    needs = ("import torch", *MAKE_FLAG)

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> Made:
        call = called(updated_node)
        if call is None or not isinstance(only_part(updated_node), cst.Assign) or not _is_of_a_loss(call):
            return updated_node
        name = self.fresh("output")
        computes = statement(f"{name} = {{output}}", mark_of(updated_node), output=call.args[0].value)
        appends = self.perhaps(statement(f"{name} = torch.softmax({name}, dim=-1)"))
        argument = call.args[0].with_changes(value=cst.Name(name))
        losses = updated_node.deep_replace(call, call.with_changes(args=[argument, *call.args[1:]]))
        return in_place_of(updated_node, computes, appends, losses)  # type: ignore[arg-type]


def _is_of_a_loss(call: cst.Call) -> bool:
    name = dotted(call.func).rpartition(".")[2]
    plain = len(call.args) >= 2 and not any(each.star or each.keyword for each in call.args[:2])
    return plain and _LOSS.search(name) is not None


def _is_training(node: cst.CSTNode) -> bool:
    return isinstance(node, (cst.For, cst.While)) and _runs_backward(node)


def _runs_backward(node: cst.CSTNode) -> bool:
    return any(isinstance(each, cst.Attribute) and each.attr.value == "backward" for each in every(node))


def _is_a_scope(node: cst.CSTNode) -> bool:
    return isinstance(node, (cst.FunctionDef, cst.ClassDef))
