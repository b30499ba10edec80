"""The terms of a loss that is a sum: what is added up, with its weight or without."""

from __future__ import annotations

from torchlint.facts.loss import LossTerm, Origin
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Literal, Value, options
from torchlint.source.paper.python.machine import Machine

MOST = 16
"""So many terms of a sum are told apart."""
WEIGHING = frozenset("+-*/")
"""Operators by which a number weighs a term."""
_NONE: frozenset[LossTerm] = frozenset()


def addends(machine: Machine, operator: str, values: list[Value]) -> frozenset[LossTerm]:
    """The terms of what an operator makes of losses and weights; none where it is no sum."""
    several = [each for value in values for each in options(value) if isinstance(each, TensorValue)]
    match operator:
        case "+" | "-" if len(several) > 1:
            found = _NONE.union(*(_terms_in(machine, each) for each in several))
            return found if len(found) <= MOST else _NONE
        case "*" if any(map(_is_nothing, values)):
            return frozenset((LossTerm(machine.site(machine.place.line)),))  # It is not to count.
        case _ if operator in WEIGHING and len(several) == 1:
            return several[0].addends
    return _NONE


def _terms_in(machine: Machine, tensor: TensorValue) -> frozenset[LossTerm]:
    """The terms that a tensor brings into a sum: its own where it is one, else itself if a model or a loss gave it."""
    if tensor.addends or tensor.origin not in (Origin.LOSS, Origin.OUTPUT):
        return tensor.addends
    site = tensor.made or machine.site(machine.place.line)
    severed = tensor.severed if tensor.of_loss else frozenset()  # A detached output may only be looked at.
    return frozenset((LossTerm(site, tuple(machine.via), tensor.subject, tensor.graph, severed),))


def _is_nothing(weight: Value) -> bool:
    return isinstance(weight, Literal) and weight.value == 0
