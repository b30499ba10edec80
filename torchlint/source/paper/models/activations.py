"""Activations and logarithms on paper: the range that comes out, and the calls that are worth telling."""

from __future__ import annotations

from dataclasses import replace

from torchlint.facts.answer import No, Unknown, Yes
from torchlint.facts.layer import Range
from torchlint.facts.loss import Activation, Logarithm, Threshold
from torchlint.facts.site import Site
from torchlint.knowledge import functional, layers
from torchlint.source.paper.domain.join import either
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Arguments, Literal, Value
from torchlint.source.paper.models import shapes
from torchlint.source.paper.models.tensors import fact_of
from torchlint.source.paper.python.machine import Machine

GUESSES_DIMENSION = functional.GUESSES_DIMENSION | layers.GUESSES_DIMENSION


def apply(
    machine: Machine, name: str, given: TensorValue | None, arguments: Arguments, site: Site
) -> TensorValue | None:
    """What an activation, a logarithm or a reshaping makes of a tensor; None when the name is none of these."""
    tensor = given or TensorValue()
    if name in functional.LOGARITHMS:
        machine.record(Logarithm(site=site, via=tuple(machine.via), of=fact_of(given)))
        return tensor.but(range=functional.LOGARITHM_OF.get(tensor.range, Range.UNKNOWN), shape=tensor.shape)
    if name in functional.ROUNDING:
        note_threshold(machine, tensor, Literal(value=0.5), site)
    if name in functional.COMPARISONS and arguments.positional:
        note_threshold(machine, tensor, arguments.positional[-1], site)
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


def note_threshold(machine: Machine, tensor: Value, limit: Value, site: Site) -> None:
    """A tensor is compared with a number; what it was trained with is known only at the end of the run."""
    number = limit.value if isinstance(limit, Literal) else None
    if not isinstance(tensor, TensorValue) or isinstance(number, bool) or not isinstance(number, (int, float)):
        return
    threshold = Threshold(site=site, via=tuple(machine.via), of=fact_of(tensor), value=float(number), loss="")
    machine.thresholds[machine.key(threshold)] = (threshold, tensor.output_of)


def note_thresholds(machine: Machine) -> None:
    """Tell which outputs were compared with a number, and which loss they were trained with."""
    for key, (threshold, output_of) in machine.thresholds.items():
        losses = machine.losses_of.get(output_of, set()) if output_of is not None else set()
        loss = next(iter(losses)) if len(losses) == 1 else ""
        machine.facts[key] = replace(threshold, loss=loss)
