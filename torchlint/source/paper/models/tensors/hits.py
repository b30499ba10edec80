"""Counts of right predictions on paper: what is still one after arithmetic, and after a method of tensors."""

from __future__ import annotations

from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Hits, Literal, Opaque, Value, options
from torchlint.source.paper.models.declaration import Call, Method, Models

KEEPS_COUNT = frozenset("sum mean item float double cpu detach numpy long int type to all tolist".split())
"""Methods of a tensor of truth values that count them, or change what holds the count."""


def comparison(operator: str, left: Value, right: Value) -> Value:
    """Where predictions are equal to labels, they are right."""
    compared = operator == "==" and isinstance(left, TensorValue) and isinstance(right, TensorValue)
    return Hits() if compared else Opaque()


def count_of(operator: str, values: list[Value]) -> Value:
    """A count that is added to, scaled or divided is one still; with another sign it is none."""
    counted = [any(isinstance(each, Hits) for each in options(value)) for value in values]
    match operator, counted:
        case "+", [_, _] if any(counted):
            known = all(isinstance(each, (Hits, Literal)) for value in values for each in options(value))
            return Hits() if known else Opaque()
        case (("*" | "/" | "//"), [True, False]):
            return Hits()
        case "*", [False, True]:
            return Hits()
    return Opaque()


MODELS = Models()
MODELS.declare(Method(Hits, KEEPS_COUNT, gives=lambda call: Hits()))


def _equal(call: Call) -> Value:
    return comparison("==", call.receiver, call.first) if call.first is not None else Opaque()


MODELS.declare(Method(TensorValue, "eq", gives=_equal))
