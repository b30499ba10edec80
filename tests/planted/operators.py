"""One bug at a time, of the kinds that rules find: where each can be planted in a script, and how."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .edits import Edit, Script

MODULE_LISTS = frozenset({"ModuleList", "ModuleDict"})
RATES = "optimizer optim opt".split()


@dataclass(frozen=True, slots=True)
class Planted:
    """A bug that can be planted: in which line, by which edits."""

    line: int
    edits: tuple[Edit, ...]


Operator = Callable[[Script], Iterator[Planted]]
OPERATORS: dict[str, list[Operator]] = {}


def plants(code: str) -> Callable[[Operator], Operator]:
    """Say which rule an operator's bug belongs to."""

    def register(operator: Operator) -> Operator:
        OPERATORS.setdefault(code, []).append(operator)
        return operator

    return register


def called(node: ast.AST) -> str:
    """The last word of what a call calls; empty where the node is no call by a name."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name
    return ""


def calls(script: Script, *names: str) -> Iterator[ast.Call]:
    """All calls of these names, in the order of the text."""
    found = [node for node in ast.walk(script.tree) if isinstance(node, ast.Call) and called(node) in names]
    yield from sorted(found, key=lambda node: (node.lineno, node.col_offset))


def statements(script: Script, *names: str) -> Iterator[ast.Expr]:
    """All statements that only call one of these names as a method."""
    for call in calls(script, *names):
        statement = script.parents[call]
        if isinstance(statement, ast.Expr) and isinstance(call.func, ast.Attribute):
            yield statement


def receiver(script: Script, statement: ast.Expr) -> str:
    """What the method of a statement is called of."""
    match statement.value:
        case ast.Call(func=ast.Attribute(value=value)):
            return script.source(value)
    return ""


def is_optimizer(name: str) -> bool:
    """Whether something is called an optimizer, and no scheduler or scaler."""
    last = name.rpartition(".")[2].lower()
    return any(word in last for word in RATES) and "sched" not in last


def block_of(script: Script, statement: ast.stmt) -> list[ast.stmt]:
    """The statements among which one stands."""
    parent = script.parents[statement]
    for name in ("body", "orelse", "finalbody"):
        block = getattr(parent, name, None)
        if isinstance(block, list) and statement in block:
            return block
    return [statement]


def deleted(script: Script, statement: ast.stmt) -> Edit:
    """The edit that takes a statement away."""
    return script.replaced(statement, "pass")


def steps(script: Script) -> Iterator[ast.Expr]:
    """The statements in which an optimizer steps."""
    for statement in statements(script, "step"):
        if is_optimizer(receiver(script, statement)):
            yield statement


def within(script: Script, node: ast.AST, kind: type[ast.AST]) -> ast.AST | None:
    """The innermost node of a kind around another."""
    while (node := script.parents.get(node)) is not None:  # type: ignore[assignment]
        if isinstance(node, kind):
            return node
    return None


def function_around(script: Script, node: ast.AST) -> str:
    """The name of the function around a node."""
    function = within(script, node, ast.FunctionDef)
    return function.name if isinstance(function, ast.FunctionDef) else ""


# Models.


@plants("TL101")
def plain_list_of_layers(script: Script) -> Iterator[Planted]:
    for call in calls(script, "ModuleList"):
        if isinstance(script.parents[call], ast.Assign) and len(call.args) == 1:
            yield Planted(call.lineno, (script.replaced(call.func, "list"),))


@plants("TL102")
def tensor_for_parameter(script: Script) -> Iterator[Planted]:
    for call in calls(script, "Parameter"):
        parent = script.parents[call]
        if isinstance(parent, ast.Assign) and len(call.args) == 1 and not call.keywords:
            yield Planted(call.lineno, (script.replaced(call, f"({script.source(call.args[0])}).requires_grad_()"),))


@plants("TL103")
def no_super_init(script: Script) -> Iterator[Planted]:
    for statement in statements(script, "__init__"):
        of_module = isinstance(owner := within(script, statement, ast.ClassDef), ast.ClassDef) and any(
            script.source(base).endswith("Module") for base in owner.bases
        )
        assigns = isinstance(owner, ast.ClassDef) and "= nn." in script.source(owner)
        if of_module and assigns and called(statement.value.func.value) == "super":  # type: ignore[attr-defined]
            yield Planted(statement.lineno, (deleted(script, statement),))


@plants("TL105")
def forward_by_name(script: Script) -> Iterator[Planted]:
    for call in (node for node in ast.walk(script.tree) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Name) and call.func.id in ("model", "net") and call.args:
            yield Planted(call.lineno, (script.replaced(call.func, f"{call.func.id}.forward"),))


@plants("TL109")
def dropout_that_stays_on(script: Script) -> Iterator[Planted]:
    for call in calls(script, "dropout"):
        training = [each for each in call.keywords if each.arg == "training"]
        if training and isinstance(call.func, ast.Attribute) and script.source(call.func.value) == "F":
            start = script.end(call.args[-1]) if len(call.keywords) == 1 else -1
            if start >= 0:
                yield Planted(call.lineno, (Edit(start, script.end(call) - 1, ""),))


@plants("TL110")
def one_layer_many_times(script: Script) -> Iterator[Planted]:
    for call in calls(script, *MODULE_LISTS, "Sequential"):
        match call.args:
            case [ast.ListComp(elt=ast.Call() as element, generators=[ast.comprehension(target, count, [])])]:
                names = {node.id for node in ast.walk(element) if isinstance(node, ast.Name)}
                if called(count) == "range" and script.source(target) not in names and len(count.args) == 1:  # type: ignore[attr-defined]
                    many = f"[{script.source(element)}] * ({script.source(count.args[0])})"  # type: ignore[attr-defined]
                    yield Planted(call.lineno, (script.replaced(call.args[0], many),))


@plants("TL112")
def graph_cut(script: Script) -> Iterator[Planted]:
    for node in ast.walk(script.tree):
        if not (isinstance(node, ast.FunctionDef) and node.name == "forward"):
            continue
        runs = [each for each in node.body if _runs_layer(each)]
        for each in runs[:-1]:
            assert isinstance(each, ast.Assign)
            yield Planted(each.lineno, (script.replaced(each.value, f"{script.source(each.value)}.detach()"),))


def _runs_layer(statement: ast.stmt) -> bool:
    """Whether a statement is like `x = self.layer(x)`."""
    match statement:
        case ast.Assign(
            targets=[ast.Name(id=target)],
            value=ast.Call(func=ast.Attribute(value=ast.Name(id="self")), args=[ast.Name(id=given)]),
        ):
            return target == given
    return False


# The optimisation step.


@plants("TL201")
def clip_after_step(script: Script) -> Iterator[Planted]:
    for clip in statements(script, "clip_grad_norm_", "clip_grad_norm", "clip_grad_value_"):
        block = block_of(script, clip)
        later = [each for each in steps(script) if each in block and block.index(each) > block.index(clip)]
        if later:
            first, second = script.source(clip), script.source(later[0])
            yield Planted(later[0].lineno, (script.replaced(clip, second), script.replaced(later[0], first)))


@plants("TL203")
def clip_before_backward(script: Script) -> Iterator[Planted]:
    for clip in statements(script, "clip_grad_norm_", "clip_grad_norm", "clip_grad_value_"):
        block = block_of(script, clip)
        earlier = [
            each for each in statements(script, "backward") if each in block and block.index(each) < block.index(clip)
        ]
        if earlier:
            yield Planted(earlier[-1].lineno, (script.before(earlier[-1], script.source(clip)), deleted(script, clip)))


@plants("TL204")
def never_cleared(script: Script) -> Iterator[Planted]:
    clears = list(statements(script, "zero_grad"))
    if len({receiver(script, each) for each in clears}) == 1:
        yield Planted(clears[0].lineno, tuple(deleted(script, each) for each in clears))


@plants("TL205")
def cleared_before_step(script: Script) -> Iterator[Planted]:
    for step in steps(script):
        block = block_of(script, step)
        before = block[: block.index(step)]
        if any(called(getattr(each, "value", each)) == "backward" for each in before):
            clear = f"{receiver(script, step)}.zero_grad()"
            yield Planted(step.lineno, (script.before(step, clear),))


@plants("TL206")
def no_backward(script: Script) -> Iterator[Planted]:
    backwards = list(statements(script, "backward"))
    if len(backwards) == 1:
        yield Planted(backwards[0].lineno, (deleted(script, backwards[0]),))


@plants("TL207")
def no_step(script: Script) -> Iterator[Planted]:
    all_steps = list(steps(script))
    if len(all_steps) == 1:
        yield Planted(all_steps[0].lineno, (deleted(script, all_steps[0]),))


@plants("TL208")
def clipped_while_scaled(script: Script) -> Iterator[Planted]:
    unscaled = list(statements(script, "unscale_"))
    if len(unscaled) == 1 and any(calls(script, "clip_grad_norm_", "clip_grad_value_")):
        yield Planted(unscaled[0].lineno, (deleted(script, unscaled[0]),))


@plants("TL210")
def scaler_bypassed(script: Script) -> Iterator[Planted]:
    for statement in statements(script, "step"):
        call = statement.value
        assert isinstance(call, ast.Call)
        if any(calls(script, "unscale_")):
            return  # The gradients are unscaled by then.
        if "scaler" in receiver(script, statement) and len(call.args) == 1:
            yield Planted(statement.lineno, (script.replaced(call, f"{script.source(call.args[0])}.step()"),))


def _records_nothing(script: Script, node: ast.AST) -> bool:
    """Whether no graph is recorded around a node."""
    contexts: list[ast.expr] = []
    around: ast.AST | None = node
    while (around := script.parents.get(around)) is not None:
        if isinstance(around, ast.With):
            contexts += [item.context_expr for item in around.items]
        if isinstance(around, ast.FunctionDef):
            contexts += around.decorator_list
    return any("no_grad" in script.source(each) or "inference_mode" in script.source(each) for each in contexts)


@plants("TL212")
def loss_with_graph(script: Script) -> Iterator[Planted]:
    for node in ast.walk(script.tree):
        match node:
            case ast.AugAssign(op=ast.Add(), value=value):
                for call in ast.walk(value):
                    if called(call) == "item" and "loss" in script.source(call).lower():  # type: ignore[arg-type]
                        if _records_nothing(script, node):
                            break
                        held = call.func.value  # type: ignore[attr-defined]
                        yield Planted(node.lineno, (script.replaced(call, script.source(held)),))  # type: ignore[arg-type]
                        break


@plants("TL213")
def undivided_accumulation(script: Script) -> Iterator[Planted]:
    for node in ast.walk(script.tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.BinOp(left=left, op=ast.Div(), right=right)):
                words = script.source(right).lower()
                if "loss" in name and ("accum" in words or "n_acc" in words):
                    yield Planted(node.lineno, (script.replaced(node.value, script.source(left)),))
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Div(), value=right):
                if "loss" in name and "accum" in script.source(right).lower():
                    yield Planted(node.lineno, (script.replaced(node, "pass"),))


@plants("TL214")
def loss_without_graph(script: Script) -> Iterator[Planted]:
    for statement in statements(script, "backward"):
        loss = receiver(script, statement)
        if loss.isidentifier():
            cut = f"{loss} = torch.tensor({loss}.item(), requires_grad=True)"
            yield Planted(statement.lineno, (script.before(statement, cut),))


@plants("TL216")
def optimizer_for_each_batch(script: Script) -> Iterator[Planted]:
    for step in steps(script):
        loop = within(script, step, ast.For)
        name = receiver(script, step)
        for node in ast.walk(script.tree):
            match node:
                case ast.Assign(targets=[ast.Name(id=target)], value=ast.Call()) if target == name:
                    same = within(script, node, ast.FunctionDef) is within(script, step, ast.FunctionDef)
                    if same and isinstance(loop, ast.For) and within(script, node, ast.For) is None:
                        again = " ".join(script.source(node).split())
                        yield Planted(loop.body[0].lineno, (script.before(loop.body[0], again),))
                        break


# Modes.


def says_evaluation(name: str) -> bool:
    return any(word in name.lower() for word in ("eval", "val", "test", "estimate"))


@plants("TL301")
def evaluated_in_training_mode(script: Script) -> Iterator[Planted]:
    for statement in statements(script, "eval"):
        if len(list(statements(script, "eval"))) == 1 or says_evaluation(function_around(script, statement)):
            yield Planted(statement.lineno, (deleted(script, statement),))


@plants("TL302")
def stays_in_eval_mode(script: Script) -> Iterator[Planted]:
    trains = [each for each in statements(script, "train") if not getattr(each.value, "args", ())]
    models = {receiver(script, each) for each in trains}
    if len(models) == 1 and models <= {receiver(script, each) for each in statements(script, "eval")}:
        yield Planted(trains[0].lineno, tuple(deleted(script, each) for each in trains))


@plants("TL303")
def evaluated_with_graph(script: Script) -> Iterator[Planted]:
    for node in ast.walk(script.tree):
        match node:
            case ast.With(items=[ast.withitem(context_expr=ast.Call() as context)]) if called(context) == "no_grad":
                around = f"{function_around(script, node)} {script.source(node)}"
                if any(isinstance(each, ast.For) for each in ast.walk(node)) and says_evaluation(around):
                    colon = script.text.index(":", script.end(context))
                    yield Planted(node.lineno, (Edit(script.start(node), colon, "if True"),))
            case ast.FunctionDef(decorator_list=[decorator]) if "no_grad" in script.source(decorator):
                if says_evaluation(node.name):
                    at = script.start(decorator)
                    yield Planted(node.lineno, (Edit(at - 1, script.end(decorator), ""),))


@plants("TL306")
def forward_without_graph(script: Script) -> Iterator[Planted]:
    for statement in statements(script, "backward"):
        block = block_of(script, statement)
        for each in block[: block.index(statement)]:
            match each:
                case ast.Assign(value=ast.Call(func=ast.Name(id="model" | "net" | "net_d"))):
                    text = script.source(each)
                    if "\n" not in text:
                        inside = f"with torch.no_grad():\n{' ' * (each.col_offset + 4)}{text}"
                        yield Planted(each.lineno, (script.replaced(each, inside),))
                        break


# Data.


@plants("TL401")
def not_shuffled(script: Script) -> Iterator[Planted]:
    for call in calls(script, "DataLoader"):
        for keyword in call.keywords:
            if keyword.arg == "shuffle" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True:
                yield Planted(call.lineno, (script.replaced(keyword.value, "False"),))


@plants("TL403")
def not_normalised(script: Script) -> Iterator[Planted]:
    for call in calls(script, "Compose"):
        match call.args:
            case [ast.List(elts=elements)] if len(elements) > 1 and called(elements[-1]) == "Normalize":
                start, end = script.end(elements[-2]), script.end(elements[-1])
                if any(called(each) == "ToTensor" for each in elements):
                    yield Planted(call.lineno, (Edit(start, end, ""),))


@plants("TL404")
def normalised_too_early(script: Script) -> Iterator[Planted]:
    for call in calls(script, "Compose"):
        match call.args:
            case [ast.List(elts=[*_, first, second])] if (called(first), called(second)) == ("ToTensor", "Normalize"):
                swap = (script.replaced(first, script.source(second)), script.replaced(second, script.source(first)))
                yield Planted(call.lineno, swap)


@plants("TL405")
def augmented_evaluation(script: Script) -> Iterator[Planted]:
    for call in calls(script, "Compose"):
        parent = script.parents[call]
        name = script.source(parent.targets[0]) if isinstance(parent, ast.Assign) else ""
        match call.args:
            case [ast.List(elts=[first, *_])] if says_evaluation(name) and called(first) == "ToTensor":
                text = f"{script.source(first)[: -len('ToTensor()')]}RandomHorizontalFlip(), {script.source(first)}"
                yield Planted(call.lineno, (script.replaced(first, text),))


@plants("TL407")
def epoch_not_set(script: Script) -> Iterator[Planted]:
    settings = list(statements(script, "set_epoch"))
    if settings:
        yield Planted(settings[0].lineno, tuple(deleted(script, each) for each in settings))


@plants("TL409")
def evaluated_on_training_data(script: Script) -> Iterator[Planted]:
    for call in calls(script, "MNIST", "FashionMNIST", "CIFAR10", "CIFAR100", "KMNIST"):
        for keyword in call.keywords:
            if keyword.arg == "train" and isinstance(keyword.value, ast.Constant) and keyword.value.value is False:
                yield Planted(call.lineno, (script.replaced(keyword.value, "True"),))


# Losses.


def loss_calls(script: Script) -> Iterator[ast.Call]:
    """The calls of what is named a criterion, and of the functional losses."""
    for call in calls(script, "criterion", "criterion_CE", "cross_entropy", "nll_loss", "loss_fn", "loss_func"):
        if len(call.args) >= 2:
            yield call


@plants("TL501")
def softmax_before_loss(script: Script) -> Iterator[Planted]:
    by_cross_entropy = any(calls(script, "CrossEntropyLoss"))
    for call in loss_calls(script):
        if called(call) == "cross_entropy" or (by_cross_entropy and called(call).startswith("criterion")):
            text = f"torch.softmax({script.source(call.args[0])}, dim=-1)"
            yield Planted(call.lineno, (script.replaced(call.args[0], text),))


@plants("TL503")
def raw_scores_into_nll(script: Script) -> Iterator[Planted]:
    if any(calls(script, "nll_loss", "NLLLoss")):
        for call in calls(script, "log_softmax"):
            if call.args:
                yield Planted(call.lineno, (script.replaced(call, script.source(call.args[0])),))


@plants("TL505")
def swapped_arguments(script: Script) -> Iterator[Planted]:
    for call in loss_calls(script):
        first, second = call.args[:2]
        edits = (script.replaced(first, script.source(second)), script.replaced(second, script.source(first)))
        yield Planted(call.lineno, edits)


@plants("TL507")
def logarithm_of_softmax(script: Script) -> Iterator[Planted]:
    for call in calls(script, "log_softmax"):
        text = script.source(call.func).replace("log_softmax", "softmax")
        arguments = script.text[script.end(call.func) : script.end(call)]
        if isinstance(call.func, ast.Attribute) and script.source(call.func.value) in ("F", "torch"):
            yield Planted(call.lineno, (script.replaced(call, f"torch.log({text}{arguments})"),))
