"""Activations and logarithms on paper: the range that comes out."""

from __future__ import annotations

from torchlint.facts.layer import Range
from torchlint.facts.site import Site
from torchlint.knowledge import functional
from torchlint.source.paper.domain.join import either
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Arguments, Value
from torchlint.source.paper.models import shapes
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.python.occurrences import TensorFunctionApplied


def apply(
    machine: Machine, name: str, given: TensorValue | None, arguments: Arguments, site: Site
) -> TensorValue | None:
    """What an activation, a logarithm or a reshaping makes of a tensor; None when the name is none of these."""
    machine.tell(TensorFunctionApplied(name, given, arguments, site))
    tensor = given or TensorValue()
    if name in functional.LOGARITHMS:
        return tensor.but(range=functional.LOGARITHM_OF.get(tensor.range, Range.UNKNOWN), shape=tensor.shape)
    if name in functional.KEEPS_RANGE:
        rest = [each for each in arguments.positional if each is not given]
        return tensor.but(shape=shapes.reshaped(machine, name, tensor, rest)) if given else None
    made = functional.ACTIVATIONS.get(name)
    if made is not None:
        return tensor.but(range=made, activation=site, shape=tensor.shape)
    if name in functional.WEIGHTED or name in functional.UNBOUND:
        kept = tensor.shape if name in functional.UNBOUND else None
        return tensor.but(range=Range.RAW, activation=None, shape=kept)
    return None


def joined(name: str, tensors: list[TensorValue]) -> TensorValue:
    """What a function that takes a list of tensors gives."""
    if name in functional.JOINS:
        result: Value = tensors[0]
        for each in tensors[1:]:
            result = either(result, each)
        if isinstance(result, TensorValue):
            return result.but(shape=None)
    return tensors[0].but(range=Range.UNKNOWN, activation=None)
