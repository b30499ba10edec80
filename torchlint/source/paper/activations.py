"""Activations and logarithms on paper: the range that comes out, and the calls that are worth telling."""

from __future__ import annotations

from torchlint.facts.answer import No, Unknown, Yes
from torchlint.facts.layer import Range
from torchlint.facts.loss import Activation, Logarithm
from torchlint.facts.site import Site
from torchlint.knowledge import functional, layers
from torchlint.source.paper.machine import Machine
from torchlint.source.paper.tensors import fact_of
from torchlint.source.paper.values import Arguments, Literal, TensorValue, Value, either

GUESSES_DIMENSION = functional.GUESSES_DIMENSION | layers.GUESSES_DIMENSION


def apply(machine: Machine, name: str, given: TensorValue | None, site: Site) -> TensorValue | None:
    """What an activation, a logarithm or a reshaping makes of a tensor; None when the name is none of these."""
    tensor = given or TensorValue()
    if name in functional.LOGARITHMS:
        machine.record(Logarithm(site=site, via=tuple(machine.via), of=fact_of(given)))
        return tensor.but(range=functional.LOGARITHM_OF.get(tensor.range, Range.UNKNOWN))
    if name in functional.KEEPS_RANGE:
        return tensor.but() if given else None
    made = functional.ACTIVATIONS.get(name)
    if made is not None:
        return tensor.but(range=made, activation=site)
    if name in functional.GIVES_RAW:
        return tensor.but(range=Range.RAW, activation=None)
    return None


def joined(name: str, tensors: list[TensorValue]) -> TensorValue:
    """What a function that takes a list of tensors gives."""
    if name in functional.JOINS:
        result: Value = tensors[0]
        for each in tensors[1:]:
            result = either(result, each)
        if isinstance(result, TensorValue):
            return result.but()
    return tensors[0].but(range=Range.UNKNOWN, activation=None)


def note_dimension(machine: Machine, name: str, arguments: Arguments, site: Site) -> None:
    """Tell whether a softmax, function or layer, is given its `dim`."""
    position = GUESSES_DIMENSION.get(name)
    if position is None:
        return
    given = arguments.get("dim", position)
    known = Unknown if arguments.unknown else No
    if given is not None:
        known = Unknown
        if isinstance(given, Literal):
            known = No if given.value is None else Yes
    machine.record(Activation(site=site, via=tuple(machine.via), name=name, has_dimension=known))
