"""The terms of a sum: what is added up in a loss, with its weight or without, or in a target."""

from __future__ import annotations

from torchlint.facts.answer import No, Yes
from torchlint.facts.loss import LossTerm, Origin
from torchlint.facts.site import Site
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Literal, Value, options
from torchlint.source.paper.python.machine import Machine

MOST = 16
"""So many terms of a sum are told apart."""
WEIGHING = frozenset("+-*/")
"""Operators by which a number weighs a term."""
REDUCING = frozenset(("sum", "mean"))
"""Functions that make one number of several, and leave its terms what they are."""
KEEPS_DIFFERENCE = WEIGHING | REDUCING | frozenset(("**", "pow", "square", "abs", "norm"))
"""What is done to a difference that is to become 0. A hinge (`clamp`, `relu`) is to make it one-sided, by a margin."""
_NONE: frozenset[LossTerm] = frozenset()


def addends(machine: Machine, operator: str, values: list[Value]) -> frozenset[LossTerm]:
    """The terms of what an operator makes of losses and weights; none where it is no sum."""
    several = [each for value in values for each in options(value) if isinstance(each, TensorValue)]
    if not any(each.origin is Origin.LOSS for each in several):
        return _NONE
    match operator:
        case "+" | "-" if len(several) > 1:
            found = _NONE.union(*(_terms_in(machine, each) for each in several))
            if operator == "-" and len(values) == 2:
                found = found - _references(machine, values[1])
            return found if len(found) <= MOST else _NONE
        case "*" if any(map(_is_nothing, values)):
            return frozenset((LossTerm(machine.site(machine.place.line)),))  # It is not to count.
        case _ if len(several) == 1 and (operator in WEIGHING or operator in REDUCING):
            return several[0].addends
    return _NONE


def _references(machine: Machine, subtracted: Value) -> frozenset[LossTerm]:
    """The losses in what is subtracted that were measured without gradients: another one is compared with them."""
    several = [each for each in options(subtracted) if isinstance(each, TensorValue)]
    terms = _NONE.union(*(_terms_in(machine, each) for each in several))
    return frozenset(term for term in terms if term.graph is No and "no_grad" in {cut.call for cut in term.severed})


def _terms_in(machine: Machine, tensor: TensorValue) -> frozenset[LossTerm]:
    """The terms that a tensor brings into a sum: its own where it is one, else itself if a model or a loss gave it."""
    if tensor.addends or tensor.origin not in (Origin.LOSS, Origin.OUTPUT):
        return tensor.addends
    site = tensor.made or machine.site(machine.place.line)
    severed = tensor.severed if tensor.of_loss else frozenset()  # A detached output may only be looked at.
    return frozenset((LossTerm(site, tuple(machine.via), tensor.subject, tensor.graph, severed),))


def bootstraps(machine: Machine, operator: str, values: list[Value]) -> Site | None:
    """The place that adds what a model gave to what none did, as `reward + discount * value` does.

    What was reduced to one number is a term of a loss, and no target for each sample. What is not discounted may be a
    score to which a margin is added, or a state to which its change is.
    """
    several = [each for value in values for each in options(value) if isinstance(each, TensorValue)]
    known = next((each.bootstraps for each in several if each.bootstraps is not None), None)
    if operator != "+" or machine.place.forward_depth:
        return known
    given = any(
        each.subject.own and each.origin is Origin.OUTPUT and each.weighed and not each.reduced for each in several
    )
    rewards = [each for value in values for each in options(value) if not isinstance(each, Literal)]
    alone = any(not (isinstance(each, TensorValue) and each.subject.own) for each in rewards)
    return machine.site(machine.place.line) if given and alone else known


def difference(operator: str, values: list[Value], tensors: list[TensorValue]) -> Site | None:
    """The place that made a target, where an operator compares it with what the same model gave, or goes on with that.

    What is multiplied with something of another model is no loss of this one.
    """
    if operator not in KEEPS_DIFFERENCE:
        return None
    if len(values) == 2 and len(tensors) == 2 and operator == "-":
        for target, prediction in (tensors, tensors[::-1]):
            if target.bootstraps is not None and prediction.bootstraps is None and _learn_alike(target, prediction):
                return target.bootstraps
        return None
    known = {each.difference for each in tensors if each.subject.own}
    return known.pop() if len(known) == 1 else None


def _learn_alike(target: TensorValue, prediction: TensorValue) -> bool:
    """Whether two tensors come from the same model, both with its graph."""
    return target.graph is Yes and prediction.graph is Yes and target.subject.concerns(prediction.subject) is Yes


def _is_nothing(weight: Value) -> bool:
    return isinstance(weight, Literal) and weight.value == 0
