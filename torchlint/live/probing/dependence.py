"""What an output depends on: a probe that changes inputs of a copy and looks at what changes in the output."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd

from torchlint.facts.answer import Answer, Unknown
from torchlint.facts.site import Site
from torchlint.live.objects.tensors import all_tensors_in, floats_in
from torchlint.live.probing.batches import Trial
from torchlint.live.probing.copies import same_random_numbers

ROWS = 16
"""As many samples are enough; a model that insists on its batch size is given all of them."""
ROUNDING = 1e-6
"""Relative to the size of the output, less is rounding where the order of sums may differ."""
NOTHING = 1e-12
"""The same where nothing at all is to have changed."""


@dataclass(slots=True)
class Call:
    """One call of a layer while a trace was taken: its dotted name and the floats that went in and came out."""

    name: str
    inputs: list[Tensor]
    outputs: list[Tensor]
    site: Site | None


@dataclass(slots=True)
class Trace:
    """The output of one forward pass, and every call on the way there."""

    outputs: list[Tensor] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Change:
    """How much tensors changed, and how large they were."""

    change: float
    size: float

    @property
    def none(self) -> bool:
        """Whether nothing changed."""
        return self.change <= NOTHING * self.size

    @property
    def rounding(self) -> bool:
        """Whether nothing changed but for rounding."""
        return self.change <= ROUNDING * self.size


@dataclass(frozen=True, slots=True)
class Mixing:
    """How the outputs of one changed sample and of all others changed, and the first layer where others did."""

    own: float
    others: float
    batch: int
    module: str = ""
    inside: Answer = Unknown
    site: Site | None = None


class Dependence:
    """Probes of one model, a copy in eval mode, on a few samples of a batch."""

    def __init__(self, model: nn.Module, trial: Trial, where: Callable[[], Site | None] = lambda: None) -> None:
        self._model = model
        self._where = where
        self._trial = trial
        self._rows = batch_size(trial)
        if self._rows is not None and self._rows > ROWS:
            self._shorten(ROWS)
        self._base = self._trace(self._trial)
        if self._rows is not None and self._rows > 2 and any(map(_is_square, self._base.outputs)):
            # As many classes as samples, or every sample compared with every other: with fewer it shows.
            self._shorten(self._rows - 1)
            self._base = self._trace(self._trial)
        repeated = self._trace(self._trial)
        self._steady = [len(self._base.outputs)] == [len(repeated.outputs)] and all(
            _change(*pair).none for pair in zip(self._base.outputs, repeated.outputs, strict=True)
        )

    def _shorten(self, rows: int) -> None:
        few = self._trial.with_inputs(lambda each: each[:rows] if each.dim() else each)
        try:
            self._trace(few)
        except Exception:
            return  # The model insists on the size of its batch.
        self._trial, self._rows = few, rows

    def on_input(self) -> tuple[Change, str] | None:
        """The change of the output when all inputs change, and the layer where it was lost; None if unknown."""
        outputs = self._base.outputs
        if not self._steady or not outputs or not any(each.numel() for each in self._trial.inputs):
            return None
        if not all(bool(torch.isfinite(each).all()) for each in outputs):
            return None
        other = self._trace(self._trial.with_inputs(altered))
        if _shapes(outputs) != _shapes(other.outputs):
            return None
        changes = [_change(*pair) for pair in zip(outputs, other.outputs, strict=True)]
        largest = max(changes, key=lambda each: each.change)
        return largest, _lost_after(self._base.calls, other.calls) if largest.none else ""

    def on_other_samples(self) -> Mixing | None:
        """How one sample's change reaches the outputs of the others; None where that is unknown."""
        if not self._steady or self._rows is None or self._rows < 2 or not _one_row_a_sample(self._trial, self._rows):
            return None
        if any(isinstance(each, _BatchNorm) and each.running_mean is None for each in self._model.modules()):
            return None  # It is meant to use the statistics of the batch in eval mode too.
        if any(map(self._takes_one_image, self._base.calls)):
            return None  # Its first dimension are channels, which a convolution mixes by design.
        mixing = self._mixing(0)
        if mixing is None or mixing.others <= mixing.own * 1e-3 or not self._may_run_the_other_way():
            return mixing
        # A sequence may come time first: then its steps mix by design, and its samples, the other way, do not.
        across = self._mixing(1)
        return mixing if across is not None and across.others > across.own * 1e-3 else None

    def _takes_one_image(self, call: Call) -> bool:
        """Whether a convolution is given an image, or a signal, without a batch around it."""
        layer = self._model.get_submodule(call.name)
        return isinstance(layer, _ConvNd) and any(each.dim() == len(layer.kernel_size) + 1 for each in call.inputs)

    def _may_run_the_other_way(self) -> bool:
        first = self._trial.inputs[0]
        target = next(all_tensors_in(self._trial.target), None)
        if target is not None and target.dim() == 1:
            return False  # One label a row: rows are samples.
        return first.dim() == 3 or (first.dim() == 2 and not first.is_floating_point())

    def _mixing(self, dimension: int) -> Mixing | None:
        size = self._trial.inputs[0].shape[dimension]
        if size < 2:
            return None
        row = 0  # The first, for a sequence read in order hands on what came before.
        other = self._trace(self._trial.with_inputs(lambda each: _row_altered(each, dimension, row, size)))
        base, changed = _rows_of(self._base.outputs, dimension, size), _rows_of(other.outputs, dimension, size)
        if not base or _shapes(base) != _shapes(changed):
            return None
        own = max(_row_change(*pair, dimension, row, own=True) for pair in zip(base, changed, strict=True))
        others = max(_row_change(*pair, dimension, row, own=False) for pair in zip(base, changed, strict=True))
        mixing = Mixing(own, others, size)
        found = None if dimension else _first_mixed(self._base.calls, other.calls, row, size)
        return mixing if found is None else replace(mixing, module=found[0].name, inside=found[1], site=found[0].site)

    def _trace(self, trial: Trial) -> Trace:
        trace = Trace()
        with traced(self._model, trace.calls, self._where), same_random_numbers(), torch.no_grad():
            output = trial.output(self._model)
        trace.outputs = [each.detach().clone() for each in floats_in(output) if each.dim()]
        return trace


def batch_size(trial: Trial) -> int | None:
    """The size that the first dimension of all inputs shares, None if there is none."""
    sizes = {each.shape[0] if each.dim() else None for each in trial.inputs}
    return sizes.pop() if len(sizes) == 1 else None


def altered(value: Tensor) -> Tensor:
    """Other values of the same kind: the rows change places, or what is in them, or noise is added."""
    if value.layout is not torch.strided or not value.numel():
        return value
    ways: list[Callable[[Tensor], Tensor]] = [
        lambda each: each.roll(1, 0) if each.dim() else each,
        lambda each: each.flip(-1) if each.dim() else each,
        lambda each: each.flip(0) if each.dim() else each,
    ]
    if value.is_floating_point():
        ways.append(lambda each: each + torch.linspace(0.1, 1, each.numel()).to(each).reshape(each.shape))
    changed = (way(value) for way in ways)
    return next((each for each in changed if not torch.equal(each, value)), value)


def _row_altered(value: Tensor, dimension: int, row: int, size: int) -> Tensor:
    """Another sample's values in one row."""
    if value.dim() <= dimension or value.shape[dimension] != size or value.layout is not torch.strided:
        return value
    twin = value.clone()
    own = twin.select(dimension, row)
    other = value.select(dimension, row - 1)
    own.copy_(altered(own) if torch.equal(own, other) else other)
    return twin


def _one_row_a_sample(trial: Trial, rows: int) -> bool:
    """Whether the first dimension of the inputs may be taken for the samples of a batch."""
    if all(each.dim() < 2 for each in trial.inputs):
        return False  # One sample alone: the features of a vector, or the words of a sentence.
    # A square matrix tells who is next to whom: nodes of a graph mix by design.
    square = any(each.dim() == 2 and each.shape[1] == rows for each in trial.inputs)
    return not square and all(each.layout is torch.strided for each in trial.inputs)


def _rows_of(outputs: list[Tensor], dimension: int, size: int) -> list[Tensor]:
    """The outputs that have a row for each sample; a square one compares the samples with each other by design."""
    rows = [each for each in outputs if each.dim() > dimension and each.shape[dimension] == size]
    return [] if any(map(_is_square, rows)) else rows


def _is_square(output: Tensor) -> bool:
    return output.dim() == 2 and output.shape[0] == output.shape[1]


def _shapes(tensors: list[Tensor]) -> list[torch.Size]:
    return [each.shape for each in tensors]


def _change(before: Tensor, after: Tensor) -> Change:
    if before.shape != after.shape:
        return Change(float("inf"), 1.0)
    if not before.numel():
        return Change(0.0, 1.0)
    gap = (before.double() - after.double()).abs().nan_to_num(0.0, 0.0, 0.0)
    return Change(float(gap.max()), float(before.double().nan_to_num(0.0, 0.0, 0.0).abs().max()))


def _row_change(before: Tensor, after: Tensor, dimension: int, row: int, own: bool) -> float:
    before, after = before.movedim(dimension, 0), after.movedim(dimension, 0)
    if own:
        return _change(before[row], after[row]).change
    change = _change(before[row + 1 :], after[row + 1 :])
    return 0.0 if change.rounding else change.change


def _lost_after(base: list[Call], other: list[Call]) -> str:
    """The first leaf call that was given other inputs and gave the same outputs."""
    for first, second in _paired(base, other):
        came_in = any(not _change(*pair).none for pair in zip(first.inputs, second.inputs, strict=False))
        went_out = any(not _change(*pair).none for pair in zip(first.outputs, second.outputs, strict=False))
        if came_in and not went_out and first.outputs:
            return first.name
    return ""


def _first_mixed(base: list[Call], other: list[Call], row: int, size: int) -> tuple[Call, Answer] | None:
    """The first call in which another row than the changed one changed, and whether the call itself did it."""
    for first, second in _paired(base, other):
        for inside, before, after in (
            (False, first.inputs, second.inputs),
            (True, first.outputs, second.outputs),
        ):
            for one, two in zip(before, after, strict=False):
                alike = one.shape == two.shape and one.dim() > 0 and one.shape[0] == size
                if alike and _row_change(one, two, 0, row, own=False):
                    return first, Answer.of(inside)
    return None


def _paired(base: list[Call], other: list[Call]) -> Iterator[tuple[Call, Call]]:
    if [call.name for call in base] == [call.name for call in other]:
        yield from zip(base, other, strict=True)


@contextmanager
def traced(model: nn.Module, calls: list[Call], where: Callable[[], Site | None]) -> Iterator[None]:
    """Record the calls of every layer that has no layers in it, in the order in which they end."""
    handles = []
    for name, module in model.named_modules():
        if name and not any(True for _ in module.children()):

            def record(_: nn.Module, inputs: Any, output: Any, name: str = name) -> None:
                calls.append(Call(name, _held(inputs), _held(output), where()))

            handles.append(module.register_forward_hook(record))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _held(value: Any) -> list[Tensor]:
    # Cloned, since a layer after it may work in place.
    return [each.detach().clone() for each in floats_in(value)]
