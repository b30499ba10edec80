"""How low a loss can get on one batch, whatever the model answers.

The floor of a loss is seldom 0: label smoothing and soft targets leave an entropy, equal inputs with different
targets leave a variance, the range of an output leaves what it cannot reach. No table of losses knows all of them.
So the answers themselves are made free variables and the loss is minimised over them; samples with equal inputs
share one answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any

import torch
from torch import Tensor

from torchlint.live.objects.tensors import floats_in
from torchlint.live.probing.batches import Trial, mapped
from torchlint.live.probing.copies import random_state_kept

MOST_NUMBERS = 500_000
STEPS = 300
Shape = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class LossFloor:
    """The least loss over all answers, and over the answers within the range of the output; None if unknown."""

    free: float | None
    ranged: float | None

    @property
    def known(self) -> float | None:
        """The floor: that of all answers, where the loss takes any."""
        return self.ranged if self.free is None else self.free


def loss_floor(trial: Trial, output: Any, wild: Any = None) -> LossFloor:
    """The floor of a trial's loss; `output` is one that a model gave, for its form and range.

    `wild` is the output of the same model with much larger weights: what is bounded stays so.
    """
    answers = [each for each in floats_in(output) if each.requires_grad and each.numel()]
    if not answers or sum(each.numel() for each in answers) > MOST_NUMBERS:
        return LossFloor(None, None)
    groups = _equal_inputs(trial)
    with random_state_kept():
        free = _least(trial, output, answers, groups, lambda _: _as_it_is)
        ranges = {id(each): _range(each) for each in answers}
        for each, other in zip(floats_in(output), floats_in(wild), strict=False):
            if id(each) in ranges and _range(other) is not ranges[id(each)]:
                ranges[id(each)] = _as_it_is
        if all(way is _as_it_is for way in ranges.values()):
            return LossFloor(free, free)
        return LossFloor(free, _least(trial, output, answers, groups, lambda each: ranges[id(each)]))


def _as_it_is(value: Tensor) -> Tensor:
    return value


def _softmax(value: Tensor) -> Tensor:
    return value.softmax(1)


def _log_softmax(value: Tensor) -> Tensor:
    return value.log_softmax(1)


def _range(answer: Tensor) -> Shape:
    """The function that gives what an output can be, as its values show."""
    values = answer.detach()
    if values.dim() > 1 and values.shape[1] > 1:
        for shape, total in ((_softmax, values.sum(1)), (_log_softmax, values.exp().sum(1))):
            if bool(torch.allclose(total, torch.ones_like(total), atol=1e-4)):
                return shape
    if float(values.min()) >= 0 and float(values.max()) <= 1 and float(values.max()) > float(values.min()):
        return torch.sigmoid
    return _as_it_is


def _equal_inputs(trial: Trial) -> Tensor | None:
    """For each sample the number of its input, None where all inputs differ or inputs have no rows."""
    inputs = trial.inputs
    rows = {each.shape[0] if each.dim() else None for each in inputs}
    if len(rows) != 1 or None in rows or any(each.layout is not torch.strided for each in inputs):
        return None
    rows_of = [each.detach().double().reshape(each.shape[0], -1) for each in inputs]
    _, number = torch.unique(torch.cat(rows_of, 1), dim=0, return_inverse=True)
    return number if int(number.max()) + 1 < number.numel() else None


def _least(
    trial: Trial, output: Any, answers: list[Tensor], groups: Tensor | None, range_of: Callable[[Tensor], Shape]
) -> float | None:
    """Minimise the loss over the answers; None where the loss does not take them, or knows no least value."""
    variables: dict[int, Tensor] = {}
    for each in answers:
        start = each.detach().double()
        if groups is not None and each.dim() and each.shape[0] == groups.shape[0]:
            start = torch.stack([start[groups == number].mean(0) for number in range(int(groups.max()) + 1)])
        variables[id(each)] = (start if range_of(each) is _as_it_is else torch.zeros_like(start)).requires_grad_()

    def given(each: Tensor) -> Tensor:
        variable = variables.get(id(each))
        if variable is None:
            return each.detach()
        grouped = groups is not None and each.dim() and each.shape[0] == groups.shape[0]
        return range_of(each)(variable[groups] if grouped else variable).to(each.dtype)

    try:
        return _minimised(list(variables.values()), lambda: trial.loss(mapped(output, given)), _size(trial, answers))
    except Exception:
        return None  # The loss does not take free answers.


def _size(trial: Trial, answers: list[Tensor]) -> float:
    """How far answers may have to go: the size of what they are compared with."""
    sizes = [float(each.detach().abs().max()) for each in (*floats_in(trial.target), *answers) if each.numel()]
    return max(1.0, *(size for size in sizes if isfinite(size)), 1.0)


def _minimised(variables: list[Tensor], loss_of: Callable[[], Tensor | None], size: float) -> float | None:
    optimizer = torch.optim.Adam(variables, lr=1.0)
    values: list[float] = []
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = 0.3 * size * 0.98**step
        optimizer.zero_grad()
        with torch.enable_grad():
            loss = loss_of()
        if loss is None or not loss.requires_grad:
            return None
        torch.autograd.backward(loss)
        values.append(float(loss.detach()))
        if not isfinite(values[-1]):
            return None
        optimizer.step()
    least = min(values)
    way = values[0] - least
    endless = values[STEPS // 2] - least > 0.02 * way
    return None if least < 0 and endless else least
