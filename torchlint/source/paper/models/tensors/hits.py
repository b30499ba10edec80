"""Counts of right predictions on paper: what is still one after arithmetic, and after a method of tensors."""

from __future__ import annotations

from torchlint.facts.loss import Origin
from torchlint.source.paper.domain.quantity import Quantity
from torchlint.source.paper.domain.tensor import TensorValue, loaders_of
from torchlint.source.paper.domain.values import Hits, Literal, Opaque, Value, options
from torchlint.source.paper.models.declaration import Call, Function, Method, Models
from torchlint.source.paper.models.tensors import quantities
from torchlint.source.paper.python.machine import Machine

KEEPS_COUNT = frozenset("item float double cpu detach numpy long int type to tolist".split())
"""Methods of a tensor of truth values that change only what holds them."""
REDUCTIONS = {"sum": Quantity.COUNT, "count_nonzero": Quantity.COUNT, "mean": Quantity.MEAN, "all": None}
"""Methods that count truth values, and what they make of those of a batch."""


def comparison(operator: str, left: Value, right: Value) -> Value:
    """Where predictions are equal to labels, they are right."""
    if operator != "==" or not isinstance(left, TensorValue) or not isinstance(right, TensorValue):
        return Opaque()
    quantity = Quantity.TRUTHS if Origin.TARGET in (left.origin, right.origin) else None
    return Hits(quantity=quantity, loaders=loaders_of((left, right)))


def reduced(name: str, hits: Hits) -> Hits:
    """Hits that are counted, or of which a share is taken."""
    quantity = REDUCTIONS[name] if hits.quantity is Quantity.TRUTHS else None
    return Hits(quantity=quantity, loaders=hits.loaders)


def count_of(machine: Machine, operator: str, values: list[Value]) -> Value:
    """A count that is added to, scaled or divided is one still; with another sign it is none."""
    counted = [any(isinstance(each, Hits) for each in options(value)) for value in values]
    match operator, counted:
        case "+", [_, _] if any(counted):
            known = all(isinstance(each, (Hits, Literal)) for value in values for each in options(value))
            return quantities.measured(machine, operator, values, Hits()) if known else Opaque()
        case (("*" | "/" | "//"), [True, False]):
            return quantities.measured(machine, operator, values, Hits())
        case "*", [False, True]:
            return quantities.measured(machine, operator, values, Hits())
    return Opaque()


def _is_given_hits(call: Call) -> bool:
    return isinstance(call.first, Hits)


def _reduced(call: Call) -> Value:
    """What a method of hits gives, or a function that is given some."""
    hits = call.first if isinstance(call.first, Hits) else call.receiver
    return reduced(call.last, hits) if isinstance(hits, Hits) else Opaque()


def _equal(call: Call) -> Value:
    compared = [call.receiver, *call.arguments] if isinstance(call.receiver, TensorValue) else [*call.arguments]
    return comparison("==", *compared) if len(compared) == 2 else Opaque()


def _compares(call: Call) -> bool:
    return len([each for each in call.arguments if isinstance(each, TensorValue)]) == 2


MODELS = Models()
MODELS.declare(
    Method(Hits, KEEPS_COUNT, gives=lambda call: call.receiver),
    Method(Hits, REDUCTIONS, gives=_reduced),
    Function([f"torch.{name}" for name in REDUCTIONS], when=_is_given_hits, gives=_reduced),
    Method(TensorValue, "eq", gives=_equal),
    Function("torch.eq", when=_compares, gives=_equal),
)
