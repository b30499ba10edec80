"""Whether a model that predicts what comes next in a sequence can see it: a probe that changes one later position."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor, nn

from torchlint.facts.site import Site
from torchlint.live.objects.tensors import floats_in
from torchlint.live.probing.batches import Trial
from torchlint.live.probing.copies import copied, same_random_numbers
from torchlint.live.probing.dependence import Call, traced

ROUNDING = {torch.float64: 1e-7}
COARSE = 1e-4
"""Relative to the size of the output: less is rounding, where precision is lower than double."""
FEWEST = 4
"""Shorter sequences may be equal to their shifted targets by chance."""


@dataclass(frozen=True, slots=True)
class ShiftedTarget:
    """A sequence that a model is given, whose next values are the targets, along one dimension.

    `counted` says for each position and sample whether its target counts in the loss.
    """

    sequence: Tensor
    dimension: int
    counted: Tensor

    @property
    def length(self) -> int:
        """How many positions there are."""
        return self.sequence.shape[self.dimension]


@dataclass(frozen=True, slots=True)
class LookAhead:
    """What changed when the value at a position did; `call` is the first layer that saw more than it should."""

    position: int
    earlier: float
    own: float
    call: Call | None = None


def shifted_target(sequence: Tensor, target: Tensor, ignored: int) -> ShiftedTarget | None:
    """The relation of a sequence to its targets, if these are its values one position later."""
    for dimension in (1, 0):
        if sequence.dim() <= dimension or sequence.dim() < 2 or sequence.shape[dimension] < FEWEST:
            continue
        later = sequence.detach().movedim(dimension, 0)[1:]
        if torch.equal(later[1:], later[:-1]):
            continue  # Values that never change say nothing of what belongs to what.
        shape = list(sequence.shape)
        for length in (shape[dimension] - 1, shape[dimension]):
            shape[dimension] = length
            if torch.Size(shape).numel() != target.numel():
                continue
            wanted = target.detach().reshape(shape).movedim(dimension, 0)[: later.shape[0]]
            counts = (
                (wanted != ignored) if not target.is_floating_point() else torch.ones_like(wanted, dtype=torch.bool)
            )
            if (
                bool(counts.any())
                and bool(((wanted == later) | ~counts).all())
                and 2 * int(counts.sum()) >= counts.numel()
            ):
                return ShiftedTarget(sequence, dimension, counts.flatten(2).any(2) if counts.dim() > 2 else counts)
    return None


def look_ahead(
    model: nn.Module, trial: Trial, relation: ShiftedTarget, where: Callable[[], Site | None]
) -> LookAhead | None:
    """The largest change at earlier positions; None where the outputs do not tell."""
    try:
        run = _Runs(copied(model, None)[0].eval().double(), _in_double, relation, where)
        base, calls = run.of(trial)
    except Exception:
        run = _Runs(copied(model, None)[0].eval(), _as_it_is, relation, where)
        base, calls = run.of(trial)
    again, _ = run.of(trial)
    if base is None or again is None or not torch.equal(base, again):
        return None
    found: LookAhead | None = None
    for position in sorted({relation.length - 1, relation.length - 2, relation.length // 2}, reverse=True):
        other, other_calls = run.of(trial.with_inputs(partial(_altered, relation=relation, position=position)))
        if other is None or base.shape != other.shape:
            return None
        seen = _compared(base, other, relation, position)
        if found is None or seen.earlier > found.earlier:
            call = _first_call(calls, other_calls, relation, position) if seen.earlier else None
            found = replace(seen, call=call)
    return found


def _in_double(value: Tensor) -> Tensor:
    return value.double() if value.is_floating_point() else value


def _as_it_is(value: Tensor) -> Tensor:
    return value


@dataclass(frozen=True, slots=True)
class _Runs:
    """A copy of a model that is run again and again with the same random numbers, at some precision."""

    model: nn.Module
    precision: Callable[[Tensor], Tensor]
    relation: ShiftedTarget
    where: Callable[[], Site | None]

    def of(self, trial: Trial) -> tuple[Tensor | None, list[Call]]:
        """The first output that has the form of the sequence, and the calls on the way there."""
        calls: list[Call] = []
        with traced(self.model, calls, self.where), same_random_numbers(), torch.no_grad():
            output = trial.with_inputs(self.precision).output(self.model)
        found = (_positions(each.detach().clone(), self.relation) for each in floats_in(output))
        return next((each for each in found if each is not None), None), calls


def _positions(output: Tensor, relation: ShiftedTarget) -> Tensor | None:
    """An output by position, then by sample; None where it has no such form."""
    length, samples = relation.length, relation.sequence.shape[1 - relation.dimension]
    for size in (length, length - 1):
        shape = (samples, size) if relation.dimension else (size, samples)
        if output.dim() > 2 and output.shape[:2] == shape:
            return output.transpose(0, 1) if relation.dimension else output
        if output.dim() == 2 and output.shape[0] == samples * size:
            whole = output.reshape(*shape, -1)
            return whole.transpose(0, 1) if relation.dimension else whole
    return None


def _altered(value: Tensor, relation: ShiftedTarget, position: int) -> Tensor:
    """The sequence with other values at one position: those of the sequence that come next in size, or noise."""
    sequence = relation.sequence
    if value.shape != sequence.shape or value.dtype != sequence.dtype or not torch.equal(value, sequence):
        return value
    twin = value.clone()
    own = twin.select(relation.dimension, position)
    if value.is_floating_point():
        own.add_(torch.linspace(0.5, 1.0, own.numel()).to(own).reshape(own.shape))
    else:
        known = value.flatten().sort().values
        own.copy_(known[torch.searchsorted(known, own.contiguous(), right=True) % known.numel()])
    return twin


def _compared(before: Tensor, after: Tensor, relation: ShiftedTarget, position: int) -> LookAhead:
    gap = (before.double() - after.double()).abs().nan_to_num(0.0, 0.0, 0.0).flatten(2).amax(2)
    size = float(before.double().nan_to_num(0.0, 0.0, 0.0).abs().max())
    counted = relation.counted[:position].to(gap.device)
    earlier = float((gap[: counted.shape[0]] * counted).max()) if counted.numel() else 0.0
    own = float(gap[position:].max()) if gap[position:].numel() else 0.0
    rounding = ROUNDING.get(before.dtype, COARSE) * size
    return LookAhead(position, earlier if earlier > rounding else 0.0, own)


def _first_call(base: list[Call], other: list[Call], relation: ShiftedTarget, position: int) -> Call | None:
    """The first layer that was given, or gave, something else at an earlier position."""
    if [call.name for call in base] != [call.name for call in other]:
        return None
    for first, second in zip(base, other, strict=True):
        for one, two in zip((*first.inputs, *first.outputs), (*second.inputs, *second.outputs), strict=False):
            before, after = _positions(one, relation), _positions(two, relation)
            if before is None or after is None or before.shape != after.shape:
                continue
            if _compared(before, after, relation, position).earlier:
                return first
    return None
