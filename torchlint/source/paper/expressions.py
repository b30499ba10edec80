"""Expressions on paper: what each evaluates to, as far as it is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torchlint.facts.answer import No, Unknown, Yes
from torchlint.facts.event import ReadsGradient
from torchlint.source import syntax
from torchlint.source.paper import assignment, attributes, calls, imports, repeats, statistics
from torchlint.source.paper.activations import note_threshold
from torchlint.source.paper.conditions import truth
from torchlint.source.paper.containers import append, extend, items_of, new_list, new_table
from torchlint.source.paper.elements import batch_of
from torchlint.source.paper.generators import run_generator
from torchlint.source.paper.machine import Machine
from torchlint.source.paper.tensors import arithmetic, batch_item
from torchlint.source.paper.values import (
    Choice,
    Literal,
    Many,
    Opaque,
    Parameters,
    Routine,
    Symbol,
    Table,
    TensorValue,
    Thing,
    Value,
    either,
    options,
)
from torchlint.source.paper.written import roots_of

BUILTINS = frozenset(
    "range len enumerate zip iter next list tuple set dict sorted reversed print isinstance hasattr getattr setattr "
    "super sum min max int float str bool map filter any all type open abs round id vars".split()
)


def evaluate(machine: Machine, expression: syntax.Expression) -> Value:
    """The value of an expression; what it does is done."""
    machine.steps += 1
    return _BY_KIND[type(expression)](machine, expression)


def _variable(machine: Machine, expression: syntax.Name) -> Value:
    return _name(machine, expression.id)


def _literal(machine: Machine, expression: syntax.Constant) -> Value:
    known = machine.constants.get(id(expression))
    if known is None:
        known = machine.constants[id(expression)] = Literal(value=expression.value)
    return known


def _attribute(machine: Machine, expression: syntax.Attribute) -> Value:
    if expression.name == "grad":
        machine.happen(ReadsGradient(site=machine.site(machine.line), via=tuple(machine.via)))
    return attributes.attribute(machine, evaluate(machine, expression.value), expression.name)


def _call(machine: Machine, expression: syntax.Call) -> Value:
    return calls.call(machine, expression)


def _assigned(machine: Machine, expression: syntax.Assigned) -> Value:
    value = evaluate(machine, expression.value)
    if isinstance(expression.target, syntax.Name):
        machine.bind(expression.target.id, value)
    return value


def _lambda(machine: Machine, expression: syntax.Lambda) -> Value:
    return Routine(definition=expression, module=machine.frame.module, scope=machine.frame.number)


def _text(machine: Machine, expression: syntax.Text) -> Value:
    for part in expression.parts:
        evaluate(machine, part)
    return Opaque()


def _starred(machine: Machine, expression: syntax.Starred) -> Value:
    return evaluate(machine, expression.value)


def _awaited(machine: Machine, expression: syntax.Awaited) -> Value:
    return evaluate(machine, expression.value) if expression.value else Literal(value=None)


def _slice(_: Machine, __: syntax.Slice) -> Value:
    return Opaque()


def _name(machine: Machine, name: str) -> Value:
    value = machine.lookup(name)
    if value is not None:
        if machine.watch is not None:
            machine.watch.read(value)
        return value
    if name in BUILTINS:
        return Symbol(dotted=f"builtins.{name}")
    if name == "__name__":
        module = machine.frame.module
        return Literal(value="__main__" if module.path in machine.mains else module.name)
    frame = machine.module_frames.get(machine.frame.module.path)
    packages = imports.stars(machine, frame) if frame else ()
    if len(packages) == 1:
        return Symbol(dotted=f"{packages[0]}.{name}")
    return Opaque(names={name}, name=name)


def _subscript(machine: Machine, expression: syntax.Subscript) -> Value:
    value = evaluate(machine, expression.value)
    index = evaluate(machine, expression.index) if not isinstance(expression.index, syntax.Slice) else Opaque()
    results = [_item(machine, each, index, isinstance(expression.index, syntax.Slice)) for each in options(value)]
    result = results[0]
    for other in results[1:]:
        result = either(result, other)
    return result


def _item(machine: Machine, value: Value, index: Value, sliced: bool) -> Value:
    key = index.value if isinstance(index, Literal) else None
    match value:
        case Table():
            table = machine.store.get(("items", value.number)) or {}
            if isinstance(index, Literal):
                found: Value = table.get(key, Opaque(name=str(key)))
                return found
            return Choice(options=tuple(table.values())) if 0 < len(table) <= 4 else Opaque()
        case Many():
            if sliced:
                return value
            items = items_of(machine, value)
            if isinstance(key, int) and -len(items) <= key < len(items):
                return items[key]
            distinct = {item.number: item for item in items}
            return Choice(options=tuple(distinct.values())) if 0 < len(distinct) <= 4 else Opaque()
        case TensorValue():
            return value.but(output_of=value.output_of) if sliced else batch_item(value, key)
        case Parameters():
            return value
        case Thing() if value.kind == "layer":
            if isinstance(key, int) and not sliced:
                known = machine.store.get(("open", value.number)) is None
                return value.children.get(str(key), Opaque()) if known else Opaque()
            return Opaque() if not sliced else value
        case Thing() if value.kind == "dataset" and not sliced:
            return batch_of(value)
        case Opaque():
            names = set(value.names) | ({str(key)} if isinstance(key, str) else set())
            return Opaque(names=names, name=value.name, from_call=value.from_call)
    return Opaque()


def _operation(machine: Machine, expression: syntax.Operation) -> Value:
    values = [evaluate(machine, operand) for operand in expression.operands]
    match expression.operator:
        case "not":
            known = truth(machine, expression.operands[0], values[0])
            return Opaque() if known is Unknown else Literal(value=known is No)
        case "and" | "or":
            return _boolean(machine, expression, values)
    if all(isinstance(value, Literal) for value in values):
        return _constant(expression.operator, values)
    if expression.operator == "+" and isinstance(values[0], Many):
        joined = new_list(machine, values[0].kind, values[0].site)
        for value in values:
            extend(machine, joined, value, machine.site(0))
        return joined
    if expression.operator == "*" and isinstance(values[0], Many):
        return _repeated(machine, values[0], values[1])
    result = arithmetic(machine, expression.operator, values)
    if machine.measured or machine.moments:
        statistics.follow_arithmetic(machine, values, result)
    return result


def _repeated(machine: Machine, held: Many, times: Value) -> Value:
    """A list of constants so many times; of anything else, once is as good."""
    items = items_of(machine, held)
    if any(isinstance(item, Thing) for item in items):
        return repeats.multiplied(machine, held, times)
    count = times.value if isinstance(times, Literal) else None
    if not isinstance(count, int) or not all(isinstance(item, Literal) for item in items):
        return held
    result = new_list(machine, held.kind, held.site)
    for _ in range(min(count, 32)):
        extend(machine, result, held, machine.site(machine.line))
    return result


def _boolean(machine: Machine, expression: syntax.Operation, values: list[Value]) -> Value:
    deciding = No if expression.operator == "and" else Yes
    answers = [truth(machine, operand, value) for operand, value in zip(expression.operands, values, strict=True)]
    for answer, value in zip(answers, values, strict=True):
        if answer is deciding:
            return value
    if all(answer is ~deciding for answer in answers):
        return values[-1]
    if expression.operator == "or":
        return either(values[0], values[-1])
    return Opaque()


def _constant(operator: str, values: list[Value]) -> Value:
    held = [value.value for value in values if isinstance(value, Literal)]
    if not all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in held):
        return Opaque()
    first, *rest = held
    match operator, rest:
        case "-", []:
            return Literal(value=-first)  # type: ignore[operator]
        case "+", [second]:
            return Literal(value=first + second)  # type: ignore[operator]
        case "-", [second]:
            return Literal(value=first - second)  # type: ignore[operator]
        case "/", [second] if second:
            return Literal(value=first / second)  # type: ignore[operator]
        case "*", [second]:
            return Literal(value=first * second)  # type: ignore[operator]
    return Opaque()


def _comparison(machine: Machine, expression: syntax.Comparison) -> Value:
    left = evaluate(machine, expression.left)
    rights = [evaluate(machine, right) for right in expression.rights]
    if len(rights) != 1:
        return Opaque()
    right, operator = rights[0], expression.operators[0]
    if operator in (">", ">=", "<", "<="):
        tensor, limit = (right, left) if isinstance(right, TensorValue) else (left, right)
        note_threshold(machine, tensor, limit, machine.site(machine.line))
    if operator in ("is", "is not", "==", "!=") and isinstance(right, Literal):
        same: bool | None = None
        if isinstance(left, Literal):
            same = left.value == right.value
        elif right.value is None and isinstance(left, (Thing, Many, Table, Routine, TensorValue)):
            same = False
        if same is not None:
            return Literal(value=same if operator in ("is", "==") else not same)
    if operator in ("in", "not in") and isinstance(left, Literal) and isinstance(right, Many):
        held = items_of(machine, right)
        if held and all(isinstance(item, Literal) for item in held):
            inside = any(isinstance(item, Literal) and item.value == left.value for item in held)
            return Literal(value=inside if operator == "in" else not inside)
    return Opaque()


def _collection(machine: Machine, expression: syntax.Collection) -> Value:
    result = new_list(machine, expression.kind, machine.site(machine.line))
    for item in expression.items:
        value = evaluate(machine, item)
        if isinstance(item, syntax.Starred):
            extend(machine, result, value, machine.site(machine.line))
        else:
            append(machine, result, value, machine.site(machine.line))
    return result


def _mapping(machine: Machine, expression: syntax.Mapping) -> Value:
    items: dict[object, Value] = {}
    for key, value in expression.items:
        held = evaluate(machine, value)
        if key is None:
            if isinstance(held, Table):
                items.update(machine.store.get(("items", held.number)) or {})
            else:
                items[("**", held.number)] = held
            continue
        name = evaluate(machine, key)
        if isinstance(name, Literal):
            if isinstance(name.value, str):
                held.names.add(name.value)
            items[name.value] = held
        else:
            items[("key", name.number)] = held
    return new_table(machine, items, machine.site(machine.line))


def _conditional(machine: Machine, expression: syntax.Conditional) -> Value:
    known = truth(machine, expression.test, evaluate(machine, expression.test))
    if known is not Unknown:
        machine.nesting += 1
        try:
            return evaluate(machine, expression.yes if known is Yes else expression.no)
        finally:
            machine.nesting -= 1
    found: list[Value] = []

    def take(branch: syntax.Expression) -> bool:
        found.append(evaluate(machine, branch))
        return True

    machine.fork("", [(True, lambda: take(expression.yes)), (False, lambda: take(expression.no))])
    return either(found[0], found[1])


def _comprehension(machine: Machine, expression: syntax.Comprehension) -> Value:
    site = machine.site(machine.line)
    result = new_list(machine, "list" if expression.kind == "generator" else expression.kind, site)
    table: dict[object, Value] = {}
    targets = {name for generator in expression.generators for name in roots_of(generator.target)}

    def collect(level: int) -> None:
        if level == len(expression.generators):
            if expression.key is not None:
                key = evaluate(machine, expression.key)
                value = evaluate(machine, expression.element)
                if isinstance(key, Literal) and isinstance(key.value, str):
                    value.names.add(key.value)
                table[key.value if isinstance(key, Literal) else ("key", key.number)] = value
            else:
                value = evaluate(machine, expression.element)
                append(machine, result, value, site)
                if repeats.is_old_layer(value, result.number) and not roots_of(expression.element) & targets:
                    repeats.mark(machine, value)
                    append(machine, result, value, site)
            return
        generator = expression.generators[level]

        def take(element: Value) -> None:
            assignment.assign(machine, generator.target, element, machine.line, None)
            for condition in generator.conditions:
                evaluate(machine, condition)
            collect(level + 1)

        run_generator(machine, evaluate(machine, generator.source), take)

    collect(0)
    return new_table(machine, table, site) if expression.kind == "dict" else result


_BY_KIND: dict[type, Callable[[Machine, Any], Value]] = {
    syntax.Name: _variable,
    syntax.Constant: _literal,
    syntax.Attribute: _attribute,
    syntax.Call: _call,
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
