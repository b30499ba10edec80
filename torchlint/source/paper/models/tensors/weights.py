"""Division for accumulation on paper: what is multiplied may be a loss divided by k, or one weighted term of a sum."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.knowledge.names import names_weight
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Literal, Value
from torchlint.source.paper.python.machine import Machine


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a loss there is: whether it was divided, and the one `weight` that it has as a whole, if any."""

    divided: Answer
    weight: Value | None = None


def share_after(machine: Machine, operator: str, values: list[Value], losses: list[TensorValue]) -> Share:
    """What an operation leaves of the losses among these values."""
    first = losses[0]
    match operator:
        case "/":
            return Share(Yes)
        case "*":
            factors = [each for each in values if each is not first]
            plain = first.divided is not Yes and first.weight is None and len(factors) == 1
            return Share(first.divided, factors[0]) if plain and _is_weight(machine, factors[0]) else Share(Yes)
        case "+" | "-" if len(losses) > 1:
            return _of_sum(losses)
    return Share(first.divided, first.weight)


def _is_weight(machine: Machine, factor: Value) -> bool:
    """Whether a factor may be the weight of a term: it is a constant, or is called so."""
    if isinstance(factor, Literal):
        return isinstance(factor.value, (int, float))
    return not isinstance(factor, TensorValue) and any(map(names_weight, machine.names_of(factor)))


def _of_sum(terms: list[TensorValue]) -> Share:
    """Of a sum: what has weights that differ from term to term is weighted, not divided."""
    answers = {each.divided for each in terms}
    weights = {_identity(each.weight): each.weight for each in terms}
    if Yes in answers:
        return Share(Yes if len(answers) == 1 else Unknown)
    if len(weights) == 1:
        return Share(No if No in answers else Unknown, *weights.values())
    return Share(No if Unknown not in answers else Unknown)


def _identity(weight: Value | None) -> object:
    match weight:
        case None:
            return None
        case Literal(value=(int() | float()) as number):
            return ("constant", number)
    return weight.number


def divided(loss: TensorValue) -> Answer:
    """Whether a loss was divided by the time it is run backward: what has a weight as a whole may have been."""
    return loss.divided if loss.weight is None else loss.divided | Unknown
