"""Expressions on paper: what each evaluates to, as far as it is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchlint.facts.answer import Unknown, Yes
from torchlint.facts.event import ReadsGradient
from torchlint.knowledge.optimizers import GROUP_OF_PARAMETERS
from torchlint.source import syntax
from torchlint.source.paper.domain.join import one_of
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import (
    Literal,
    Opaque,
    Ordered,
    Routine,
    Symbol,
    Table,
    Value,
    may_be_unset,
    opaque_named,
    present,
)
from torchlint.source.paper.models.tensors import shapes
from torchlint.source.paper.occurrences.layers import TensorUsed
from torchlint.source.paper.occurrences.training import GroupBuilt
from torchlint.source.paper.python import assignment, attributes, calls, imports
from torchlint.source.paper.python.builtins import BUILTINS
from torchlint.source.paper.python.conditions import truth
from torchlint.source.paper.python.iteration.comprehensions import batch_by_name, batch_in_parts, run_comprehension
from torchlint.source.paper.python.iteration.generators import run_yield
from torchlint.source.paper.python.iteration.repetition import is_repeated, leave_open
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.python.operations import compare, operate
from torchlint.source.paper.python.subscripts import item_at
from torchlint.source.paper.state.containers import (
    UnknownKey,
    append,
    extend,
    fill,
    key_of,
    new_list,
    new_table,
    table_of,
)
from torchlint.source.paper.state.objects import add_name
from torchlint.source.written import roots_of, takes_range


def evaluate(machine: Machine, expression: syntax.Expression) -> Value:
    """The value of an expression; what it does is done."""
    machine.budget.steps += 1
    return _BY_KIND[type(expression)](machine, expression)


def _variable(machine: Machine, expression: syntax.Name) -> Value:
    name = expression.id
    value = machine.lookup(name)
    if value is not None:
        if machine.place.forward_depth and isinstance(value, TensorValue) and value.subject.own:
            machine.tell(TensorUsed(value))
        return value
    if name in BUILTINS:
        return Symbol(dotted=f"builtins.{name}")
    if name == "__name__":
        module = machine.frame.module
        return Literal(value="__main__" if module.path in machine.modules.mains else module.name)
    frame = machine.modules.frames.get(machine.frame.module.path)
    packages = imports.stars(machine, frame) if frame else frozenset()
    if len(packages) == 1:
        return Symbol(dotted=f"{min(packages)}.{name}")
    return opaque_named(name)


def _literal(machine: Machine, expression: syntax.Constant) -> Value:
    known = machine.texts.constants.get(id(expression))
    if known is None:
        known = machine.texts.constants[id(expression)] = Literal(value=expression.value)
    return known


def _attribute(machine: Machine, expression: syntax.Attribute) -> Value:
    if expression.name == "grad":
        machine.happen(ReadsGradient(site=machine.site(machine.place.line), via=tuple(machine.via)))
    return attributes.attribute(machine, evaluate(machine, expression.value), expression.name)


def _assigned(machine: Machine, expression: syntax.Assigned) -> Value:
    value = evaluate(machine, expression.value)
    if isinstance(expression.target, syntax.Name):
        machine.bind(expression.target.id, value)
    return value


def _lambda(machine: Machine, expression: syntax.Lambda) -> Value:
    machine.frame.is_scope = True
    return Routine(definition=expression, module=machine.frame.module, scope=machine.frame.number)


def _text(machine: Machine, expression: syntax.Text) -> Value:
    for part in expression.parts:
        evaluate(machine, part)
    return Opaque()


def _starred(machine: Machine, expression: syntax.Starred) -> Value:
    return evaluate(machine, expression.value)


def _awaited(machine: Machine, expression: syntax.Awaited) -> Value:
    value = evaluate(machine, expression.value) if expression.value else Literal(value=None)
    if expression.kind != "await":
        run_yield(machine, value, each=expression.kind == "yield from")
        return Opaque()
    return value


def _slice(_: Machine, __: syntax.Slice) -> Value:
    return Opaque()


def _subscript(machine: Machine, expression: syntax.Subscript) -> Value:
    value = evaluate(machine, expression.value)
    sliced = isinstance(expression.index, syntax.Slice)
    result = item_at(machine, value, Opaque() if sliced else evaluate(machine, expression.index), sliced=sliced)
    if isinstance(value, TensorValue) and isinstance(result, TensorValue) and takes_range(expression.index):
        shape = shapes.of_piece(value.shape, expression.index) if result.shape is None else result.shape
        return result.refined(piece_of=result.piece_of or value.whole, shape=shape)
    return result


def _operation(machine: Machine, expression: syntax.Operation) -> Value:
    return operate(machine, expression, [evaluate(machine, operand) for operand in expression.operands])


def _comparison(machine: Machine, expression: syntax.Comparison) -> Value:
    left = evaluate(machine, expression.left)
    rights = [evaluate(machine, right) for right in expression.rights]
    return compare(machine, expression.operators[0], left, rights[0]) if len(rights) == 1 else Opaque()


def _collection(machine: Machine, expression: syntax.Collection) -> Value:
    site = machine.site(machine.place.line)
    result = new_list(machine.state, Ordered(expression.kind), site, by_comma=_is_made_by_comma(expression))
    if not any(isinstance(item, syntax.Starred) for item in expression.items):
        fill(machine.state, result, [evaluate(machine, item) for item in expression.items], site)
        return result
    for item in expression.items:
        value = evaluate(machine, item)
        if isinstance(item, syntax.Starred):
            extend(machine.state, result, value, site)
        else:
            append(machine.state, result, value, site)
    return result


def _is_made_by_comma(expression: syntax.Collection) -> bool:
    """Whether a comma at the end makes a tuple of one: without parentheses, or of what is built right there."""
    if expression.kind != "tuple" or len(expression.items) != 1:
        return False
    return expression.bare or isinstance(expression.items[0], syntax.Call)


def _mapping(machine: Machine, expression: syntax.Mapping) -> Value:
    items: dict[object, Value] = {}
    for key, value in expression.items:
        held = evaluate(machine, value)
        if key is None:
            if isinstance(held, Table):
                items.update(table_of(machine.state, held))
            else:
                items[UnknownKey(held.number)] = held
            continue
        name = evaluate(machine, key)
        if isinstance(name, Literal) and isinstance(name.value, str):
            add_name(machine.state, held, name.value)
        items[key_of(name)] = held
    made = new_table(machine.state, items, machine.site(machine.place.line))
    if GROUP_OF_PARAMETERS in items:
        machine.tell(GroupBuilt(made, machine.site(machine.place.line)))
    return made


def _conditional(machine: Machine, expression: syntax.Conditional) -> Value:
    known = truth(machine, expression.test, evaluate(machine, expression.test))
    found: list[Value] = []

    def take(branch: syntax.Expression) -> bool:
        found.append(evaluate(machine, branch))
        return True

    machine.place.tests.append(expression.test)
    try:
        if known is not Unknown:
            return evaluate(machine, expression.yes if known is Yes else expression.no)
        machine.fork(None, [(True, lambda: take(expression.yes)), (False, lambda: take(expression.no))])
    finally:
        machine.place.tests.pop()
    return one_of(found)


def _comprehension(machine: Machine, expression: syntax.Comprehension) -> Value:
    site = machine.site(machine.place.line)
    result = new_list(machine.state, Ordered.SET if expression.kind == "set" else Ordered.LIST, site)
    table: dict[object, Value] = {}
    targets = {name for generator in expression.generators for name in roots_of(generator.target)}

    def collect(level: int, certain: bool) -> None:
        if level == len(expression.generators):
            if expression.key is not None:
                key = evaluate(machine, expression.key)
                value = evaluate(machine, expression.element)
                if isinstance(key, Literal) and isinstance(key.value, str):
                    add_name(machine.state, value, key.value)
                table[key_of(key)] = value
            else:
                value = evaluate(machine, expression.element)
                append(machine.state, result, value, site, certain=certain)
                fixed = not roots_of(expression.element) & targets
                if fixed and is_repeated(machine, value, since=result.number):
                    append(machine.state, result, value, site)
            return
        generator = expression.generators[level]

        def take(element: Value) -> None:
            assignment.assign(machine, generator.target, present(element), machine.place.line, None)
            for condition in generator.conditions:
                evaluate(machine, condition)
            collect(level + 1, certain and not generator.conditions and not may_be_unset(element))

        sources.append(evaluate(machine, generator.source))
        if not run_comprehension(machine, sources[-1], take):
            leave_open(machine, result)

    sources: list[Value] = []
    collect(0, certain=True)
    if expression.kind == "dict":
        return batch_by_name(sources[-1], table) or new_table(machine.state, table, site)
    return (batch_in_parts(machine, result) if isinstance(sources[-1], TensorValue) else None) or result


_BY_KIND: dict[type, Callable[[Machine, Any], Value]] = {
    syntax.Name: _variable,
    syntax.Constant: _literal,
    syntax.Attribute: _attribute,
    syntax.Call: calls.call,
    syntax.Subscript: _subscript,
    syntax.Slice: _slice,
    syntax.Operation: _operation,
    syntax.Comparison: _comparison,
    syntax.Collection: _collection,
    syntax.Mapping: _mapping,
    syntax.Conditional: _conditional,
    syntax.Assigned: _assigned,
    syntax.Lambda: _lambda,
    syntax.Comprehension: _comprehension,
    syntax.Text: _text,
    syntax.Starred: _starred,
    syntax.Awaited: _awaited,
}
