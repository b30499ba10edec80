"""Operators and comparisons on paper: what they make of values."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import ge, gt, le, lt, or_

from torchlint.facts.answer import No, Unknown, Yes
from torchlint.facts.loss import Origin
from torchlint.source import syntax
from torchlint.source.paper.domain.join import either
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Literal, Many, Opaque, Parameters, Routine, Table, Thing, Value
from torchlint.source.paper.models.tensors.hits import comparison
from torchlint.source.paper.models.tensors.operations import arithmetic
from torchlint.source.paper.occurrences.calls import LossMultiplied, Operated, TensorCompared
from torchlint.source.paper.python.conditions import truth
from torchlint.source.paper.python.iteration.repetition import multiplied
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.containers import extend, items_of, new_list


def operate(machine: Machine, expression: syntax.Operation, values: list[Value]) -> Value:
    """What an operator makes of these values of its operands."""
    match expression.operator:
        case "not":
            known = truth(machine, expression.operands[0], values[0])
            return Opaque() if known is Unknown else Literal(value=known is No)
        case "and" | "or":
            return _boolean(machine, expression, values)
    if all(isinstance(value, Literal) for value in values):
        return _constant(expression.operator, values)
    if expression.operator == "+" and isinstance(values[0], Many):
        joined = new_list(machine.state, values[0].kind, values[0].site)
        for value in values:
            extend(machine.state, joined, value, machine.site(0))
        return joined
    if expression.operator == "+" and all(isinstance(value, Parameters) for value in values):
        return Parameters(subject=reduce(or_, (each.subject for each in values if isinstance(each, Parameters))))
    if expression.operator == "*" and isinstance(values[0], Many):
        return _repeated(machine, values[0], values[1])
    result = arithmetic(machine, expression.operator, values)
    if machine.bus.listens(Operated):
        machine.tell(Operated(tuple(values), result))
    if expression.operator == "*":
        tell_multiplied(machine, values, expression.operands)
    return result


def tell_multiplied(machine: Machine, values: list[Value], written: list[syntax.Expression]) -> None:
    """Tell of a loss that is multiplied by something else."""
    losses = [each for each in values if isinstance(each, TensorValue) and each.origin is Origin.LOSS]
    if losses:
        factors = [(each, text) for each, text in zip(values, written, strict=True) if each is not losses[0]]
        machine.tell(LossMultiplied(losses[0], tuple(factors)))


def _repeated(machine: Machine, held: Many, times: Value) -> Value:
    """A list of constants so many times; of anything else, once is as good."""
    items = items_of(machine.state, held)
    if any(isinstance(item, Thing) for item in items):
        return multiplied(machine, held, times)
    count = times.value if isinstance(times, Literal) else None
    if not isinstance(count, int) or not all(isinstance(item, Literal) for item in items):
        return held
    result = new_list(machine.state, held.kind, held.site)
    for _ in range(min(count, 32)):
        extend(machine.state, result, held, machine.site(machine.place.line))
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


ORDERS: dict[str, Callable[[float, float], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def _ordered(operator: str, left: object, right: object) -> Value:
    """The order of two numbers that are known."""
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return Literal(value=ORDERS[operator](left, right))
    return Opaque()


def compare(machine: Machine, operator: str, left: Value, right: Value) -> Value:
    """What one comparison of two values gives."""
    if operator in (">", ">=", "<", "<="):
        tensor, limit = (right, left) if isinstance(right, TensorValue) else (left, right)
        if isinstance(tensor, TensorValue):
            machine.tell(TensorCompared(tensor, limit, machine.site(machine.place.line)))
    if operator in ("is", "is not", "==", "!=") and isinstance(right, Literal):
        same: bool | None = None
        if isinstance(left, Literal):
            same = left.value == right.value
        elif right.value is None and isinstance(left, (Thing, Many, Table, Routine, TensorValue)):
            same = False
        if same is not None:
            return Literal(value=same if operator in ("is", "==") else not same)
    if operator in ORDERS and isinstance(left, Literal) and isinstance(right, Literal):
        return _ordered(operator, left.value, right.value)
    if operator in ("in", "not in") and isinstance(left, Literal) and isinstance(right, Many):
        held = items_of(machine.state, right)
        if held and all(isinstance(item, Literal) for item in held):
            inside = any(isinstance(item, Literal) and item.value == left.value for item in held)
            return Literal(value=inside if operator == "in" else not inside)
    return comparison(operator, left, right)
