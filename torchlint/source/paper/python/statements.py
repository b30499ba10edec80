"""Statements on paper: what each does to the state, and which ways it opens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import WritesWeights
from torchlint.source import syntax
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import (
    Hits,
    Kind,
    Literal,
    Many,
    Opaque,
    Parameters,
    Routine,
    SavedMode,
    Thing,
    Value,
    WeightData,
    Weights,
    options,
)
from torchlint.source.paper.models.tensors import sums
from torchlint.source.paper.models.tensors.operations import arithmetic
from torchlint.source.paper.models.torch import averages, modes
from torchlint.source.paper.occurrences.calls import Assigned, Operated
from torchlint.source.paper.occurrences.layers import TensorPassedOn
from torchlint.source.paper.occurrences.training import ModelAliased, ParametersWritten, WeightsKept
from torchlint.source.paper.python import assignment, classes, imports
from torchlint.source.paper.python.conditions import condition_of, truth
from torchlint.source.paper.python.expressions import evaluate
from torchlint.source.paper.python.iteration import loops
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.python.operations import tell_multiplied
from torchlint.source.paper.state.cells import GRADIENTS
from torchlint.source.paper.state.containers import extend
from torchlint.source.paper.state.frames import Frame
from torchlint.source.paper.state.trace import Exit
from torchlint.source.written import last_name


def run_block(machine: Machine, body: Sequence[syntax.Statement]) -> bool:
    """Run statements in order; False when the end of the block is not reached."""
    return all(run_statement(machine, statement) for statement in body)


def run_statement(machine: Machine, statement: syntax.Statement) -> bool:
    """Run one statement; False when what follows it is not reached."""
    machine.tick()
    machine.place.line = statement.line
    match statement:
        case syntax.Evaluate():
            modes.take_effect(machine, evaluate(machine, statement.value))
        case syntax.Assign():
            _assign(machine, statement)
        case syntax.Augment():
            _augment(machine, statement)
        case syntax.If():
            return run_if(machine, statement)
        case syntax.For() | syntax.While():
            return loops.run_loop(machine, statement)
        case syntax.With():
            return _with(machine, statement)
        case syntax.Try():
            return _try(machine, statement)
        case syntax.Match():
            return _match(machine, statement)
        case syntax.Return():
            value = evaluate(machine, statement.value) if statement.value else Literal(value=None)
            if machine.place.forward_depth and isinstance(value, TensorValue):
                machine.tell(TensorPassedOn(value))
            machine.frame.returns.append((value, machine.state))
            machine.end(Exit.RETURN)
            return False
        case syntax.Raise():
            if statement.value:
                evaluate(machine, statement.value)
            machine.end(Exit.RAISE)
            return False
        case syntax.Jump():
            machine.frame.exits.append(machine.state)
            machine.end(Exit(statement.kind))
            return False
        case syntax.Function():
            define(machine, statement)
        case syntax.Class():
            machine.bind(statement.name, classes.define_class(machine, statement))
        case syntax.Import() | syntax.ImportFrom():
            imports.run_import(machine, statement)
        case syntax.Assert():
            tested = evaluate(machine, statement.test)
            if isinstance(tested, Literal) and not tested.value:
                machine.end(Exit.RAISE)
                return False
        case syntax.Outer():
            _outer(machine, statement)
        case syntax.Delete():
            pass
    return True


def define(machine: Machine, function: syntax.Function) -> None:
    """Bind a function's name; its body is run when it is called."""
    machine.frame.is_scope = True
    routine = Routine(definition=function, module=machine.frame.module, scope=machine.frame.number)
    machine.bind(function.name, routine)


def _assign(machine: Machine, statement: syntax.Assign) -> None:
    if statement.value is None:
        return
    if (addition := _as_addition(machine, statement)) is not None:
        _augment(machine, addition)
        return
    value = evaluate(machine, statement.value)
    if machine.bus.listens(Assigned):
        machine.tell(Assigned(statement))
    if isinstance(value, Weights):
        machine.tell(WeightsKept(value, machine.site(statement.line)))
    for target in statement.targets:
        assignment.assign(machine, target, value, statement.line, statement.value)
        if isinstance(value, Thing) and value.kind is Kind.LAYER:
            _tell_alias(machine, target, value, statement)


def _tell_alias(machine: Machine, target: syntax.Expression, model: Thing, statement: syntax.Assign) -> None:
    """Tell of a model that a statement only names."""
    name, another = last_name(statement.value), last_name(target)
    if name and another and name != another:
        machine.tell(ModelAliased(model, name, another, machine.site(statement.line)))


def _as_addition(machine: Machine, statement: syntax.Assign) -> syntax.Augment | None:
    """`total = total + loss` is what `total += loss` is, where the total is a number or a tensor."""
    match statement.targets, statement.value:
        case [syntax.Name(name) as target], syntax.Operation("+", [syntax.Name(first), added]) if first == name:
            held = machine.lookup(name)
            if held is not None and all(isinstance(each, (Literal, TensorValue)) for each in options(held)):
                return syntax.Augment(statement.line, target, "+", added)
    return None


def _augment(machine: Machine, statement: syntax.Augment) -> None:
    before = evaluate(machine, statement.target)
    value = evaluate(machine, statement.value)
    if isinstance(before, Many) and statement.operator == "+":
        extend(machine.state, before, value, machine.site(statement.line))
        return
    if isinstance(before, Parameters):
        machine.happen(WritesWeights(site=machine.site(statement.line), via=tuple(machine.via), subject=before.subject))
        machine.tell(ParametersWritten(before))
    if isinstance(before, (Parameters, WeightData)):
        averages.mix(machine, before.subject, (value,))
    counts = isinstance(value, (TensorValue, Hits))
    counts = counts or any(isinstance(each, (TensorValue, Hits)) for each in options(before))
    result = arithmetic(machine, statement.operator, [before, value]) if counts else Opaque()
    if machine.bus.listens(Operated):
        machine.tell(Operated((before, value), result))
    if statement.operator == "*":
        tell_multiplied(machine, [before, value], [statement.target, statement.value])
    if counts:
        if isinstance(before, TensorValue) and isinstance(result, TensorValue) and modes.gradients(machine) is No:
            # It is changed in place: a leaf that asks for gradients goes on asking.
            result = result.refined(graph=before.graph, cut=before.cut, trainable=before.trainable)
        if statement.operator == "+":
            result = _carry(machine, before, value, result, statement.line)
    assignment.assign(machine, statement.target, result, statement.line, None)


def _carry(machine: Machine, before: Value, added: Value, total: Value, line: int) -> Value:
    """The total, with what it was added to, for when the loop around it comes here again."""
    key = sums.accumulate(machine, [before], added, machine.site(line))
    if key is None or not isinstance(total, TensorValue):
        return total
    return total.refined(sums=total.sums | {key})


def run_if(machine: Machine, statement: syntax.If) -> bool:
    """Run the branch that is known to be taken, or both."""
    tested = evaluate(machine, statement.test)
    known = truth(machine, statement.test, tested)
    machine.place.tests.append(statement.test)
    try:
        if known is not Unknown:
            taken, other = (statement.yes, statement.no) if known is Yes else (statement.no, statement.yes)
            machine.frame.passed_exit |= _leaves(other)
            return run_block(machine, taken)
        condition, affirmed = condition_of(machine, statement.test)
        switched: list[Value] = []
        saved = _saved_mode(machine, statement.test)

        def take(branch: Sequence[syntax.Statement]) -> bool:
            before = modes.modes_of(machine, saved.model) if saved is not None and saved.model is not None else None
            goes_on = run_block(machine, branch)
            if saved is not None and saved.model is not None and modes.modes_of(machine, saved.model) != before:
                switched.append(saved)
            return goes_on

        yes, no = partial(take, statement.yes), partial(take, statement.no)
        goes_on = machine.fork(condition, [(affirmed, yes), (not affirmed, no)])
        if saved is not None and switched:
            # It asked whether to put the mode back: then, or because it was the other, it is what it was.
            modes.restore(machine, saved)
        return goes_on
    finally:
        machine.place.tests.pop()


def _leaves(block: Sequence[syntax.Statement]) -> bool:
    """Whether a block returns or raises, in a `with` too."""
    return any(
        isinstance(each, (syntax.Return, syntax.Raise)) or (isinstance(each, syntax.With) and _leaves(each.body))
        for each in block
    )


def _saved_mode(machine: Machine, test: syntax.Expression) -> SavedMode | None:
    """The mode of a model, read before it was switched, that a branch asks for."""
    while isinstance(test, syntax.Operation) and test.operator == "not":
        test = test.operands[0]
    value = machine.lookup(test.id) if isinstance(test, syntax.Name) else None
    if not isinstance(value, SavedMode) or value.model is None:
        return None
    return value if modes.modes_of(machine, value.model) != value.modes else None


def _with(machine: Machine, statement: syntax.With) -> bool:
    before = modes.gradients(machine)
    returned, left = len(machine.frame.returns), len(machine.frame.exits)
    switched = False
    for value, target in statement.items:
        context = evaluate(machine, value)
        switch = modes.gradient_switch(machine, context)
        if switch is not None:
            machine.state.set(GRADIENTS, switch)
            switched = True
        if target is not None:
            assignment.assign(machine, target, modes.entered(machine, context), statement.line, None)
    goes_on = run_block(machine, statement.body)
    if switched:
        returns = (state for _, state in machine.frame.returns[returned:])
        for state in (machine.state, *returns, *machine.frame.exits[left:]):
            state.set(GRADIENTS, before)
    return goes_on


def _try(machine: Machine, statement: syntax.Try) -> bool:
    goes_on = run_block(machine, statement.body) and run_block(machine, statement.otherwise)
    # A handler stands for what seldom happens: what it leaves behind is joined to the usual way.
    for handler in statement.handlers:
        run = _handler(machine, handler)
        if goes_on:
            machine.fork(None, [(True, run), (True, lambda: True)])
        else:
            goes_on = machine.fork(None, [(True, run)])
    return run_block(machine, statement.finally_) and goes_on


def _handler(machine: Machine, handler: syntax.Handler) -> Callable[[], bool]:
    def run() -> bool:
        if handler.name:
            machine.bind(handler.name, Opaque())
        return run_block(machine, handler.body)

    return run


def _match(machine: Machine, statement: syntax.Match) -> bool:
    subject = evaluate(machine, statement.subject)
    ways = []
    covered = False
    for case in statement.cases:
        matched = _matches(machine, subject, case)
        if matched is No:
            continue
        ways.append((True, _case(machine, case)))
        covered = covered or (case.pattern is None and case.guard is None)
        if matched is Yes:
            ways = ways[-1:] if len(ways) == 1 else ways
            covered = True
            break
    if not covered:
        ways.append((True, lambda: True))
    return machine.fork(None, ways)


def _matches(machine: Machine, subject: Value, case: syntax.Case) -> Answer:
    if case.pattern is None:
        return Unknown if case.guard else Yes
    pattern = evaluate(machine, case.pattern)
    if isinstance(subject, Literal) and isinstance(pattern, Literal):
        return Answer.of(subject.value == pattern.value)
    return Unknown


def _case(machine: Machine, case: syntax.Case) -> Callable[[], bool]:
    def run() -> bool:
        for name in case.names:
            machine.bind(name, Opaque(name=name))
        return run_block(machine, case.body)

    return run


def _outer(machine: Machine, statement: syntax.Outer) -> None:
    frame: Frame | None = machine.modules.frames.get(machine.frame.module.path)
    if statement.kind == "nonlocal":
        frame = machine.frame.scope
    if frame is not None and frame is not machine.frame:
        machine.frame.outer.update(dict.fromkeys(statement.names, frame))
