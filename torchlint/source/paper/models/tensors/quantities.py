"""What numbers measure on paper: hits are counted, means are taken, and both are summed over batches and divided."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from torchlint.facts.answer import No
from torchlint.facts.loss import Origin
from torchlint.source.paper.domain.quantity import Quantity
from torchlint.source.paper.domain.tensor import FROM_NO_LOADER, TensorValue, loaders_of
from torchlint.source.paper.domain.values import Hits, Length, Literal, Value, options
from torchlint.source.paper.occurrences.calls import AverageRescaled, SumDivided
from torchlint.source.paper.python.machine import Machine

Measured = TypeVar("Measured", TensorValue, Hits)
SUM_OF = {Quantity.COUNT: Quantity.SUM_OF_COUNTS, Quantity.MEAN: Quantity.SUM_OF_MEANS}
COUNTS = (Quantity.COUNT, Quantity.SUM_OF_COUNTS)
SUMS = (Quantity.SUM_OF_COUNTS, Quantity.SUM_OF_MEANS)


def after(operator: str, values: list[Value]) -> Quantity | None:
    """What an operation makes of the quantities of its operands."""
    match operator:
        case "+":
            return _added(values)
        case "*":
            return _multiplied(values)
        case "/" if len(values) == 2 and _of(values[0]) in SUMS and isinstance(values[1], Length):
            return Quantity.AVERAGE
    return None


def measured(machine: Machine, operator: str, values: list[Value], result: Measured) -> Measured:
    """The result of an operation, with what it measures.

    Tell of a sum that is divided by a length, and of an average that is divided, or multiplied, once more.
    """
    known = [each for value in values for each in options(value) if isinstance(each, (TensorValue, Hits))]
    if all(each.quantity is None for each in known):
        return result
    loaders, quantity = loaders_of(known), after(operator, values)
    if quantity is not None:
        result = replace(result, quantity=quantity, loaders=loaders)
    site = machine.site(machine.place.line)
    if operator == "/" and quantity is Quantity.AVERAGE and isinstance(values[1], Length):
        total = _of(values[0])
        assert total is not None
        machine.tell(SumDivided(total, loaders, values[1], result.number, site))
    constant = operator == "*" and any(isinstance(each, Literal) for each in values)
    for each in known:
        if each.quantity is Quantity.AVERAGE and operator in ("*", "/"):
            machine.tell(AverageRescaled(each.number, result.number, constant))
    return result


def _of(value: Value) -> Quantity | None:
    """What a value measures, on every way; a sum may be a plain zero on another."""
    found = [each for each in options(value) if not _is_zero(each)]
    measures = {each.quantity if isinstance(each, (TensorValue, Hits)) else None for each in found}
    return measures.pop() if len(measures) == 1 else None


def _is_zero(value: Value) -> bool:
    """Whether a value is what sums begin with: zero, or a new tensor."""
    if isinstance(value, Literal):
        return value.value == 0
    plain = isinstance(value, TensorValue) and value.quantity is None and value.loaders == FROM_NO_LOADER
    return plain and isinstance(value, TensorValue) and value.trainable is No and value.origin is Origin.UNKNOWN


def _added(values: list[Value]) -> Quantity | None:
    found = {_of(each) for each in values if not _is_zero(each)}
    starts = any(_is_zero(each) for each in values)
    if len(found) == 1:
        quantity = found.pop()
        return SUM_OF.get(quantity) if starts and quantity is not None else quantity
    return next((total for part, total in SUM_OF.items() if found == {part, total}), None)


def _multiplied(values: list[Value]) -> Quantity | None:
    """A percentage counts as what it is of; a mean may be weighted, but not grow to a sum over its batch."""
    factors = [each.value for each in values if isinstance(each, Literal)]
    quantities = [_of(each) for each in values if not isinstance(each, Literal)]
    if len(factors) != 1 or len(quantities) != 1:
        return None
    if quantities[0] in COUNTS:
        return quantities[0]
    small = isinstance(factors[0], (int, float)) and abs(factors[0]) <= 1
    return quantities[0] if quantities[0] is Quantity.AVERAGE or (quantities[0] is Quantity.MEAN and small) else None
