"""What a step does to the parameters: a part of each is compared with what it was, at sampled steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isfinite, sqrt
from statistics import median
from typing import TYPE_CHECKING
from weakref import ReferenceType, WeakKeyDictionary, ref

import torch
from torch import Tensor
from torch.nn import Parameter
from torch.optim import Optimizer

from torchlint.facts.answer import No, Yes
from torchlint.facts.fact import Fact
from torchlint.facts.health import ParameterUse, UpdateRatio
from torchlint.facts.site import Site
from torchlint.knowledge.optimizers import OPTIMIZERS
from torchlint.live.health.norms import norms_of
from torchlint.live.health.registry import ModelRegistry
from torchlint.live.objects.optimizers import highest_rate
from torchlint.live.stream.events import StepEnded, StepStarted
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.recorder import Recorder

if TYPE_CHECKING:
    from torchlint.live.stream.places import Here

PART = 1 << 14
"""So many numbers of a parameter speak for all of it."""
WITH_CLOSURE = frozenset(name for name, kind in OPTIMIZERS.items() if kind.needs_closure)
WARM = 0.1
"""Steps below this part of the highest learning rate seen are a warm-up or the end of a schedule."""

NEGLIGIBLE = 1e-3
"""Of the largest gradient of the same step, per number of a parameter."""


@dataclass(slots=True)
class _Measured:
    """What was seen of one parameter: at each learning rate, the ratio of update to weight.

    `from_zero` says that it began so small that its first update was as large as itself.
    """

    name: str
    site: Site
    weighs: bool
    from_zero: bool = False
    ratios: list[tuple[float, float]] = field(default_factory=list)


@dataclass(slots=True)
class _Held:
    """What was seen of all parameters of one optimizer."""

    measured: list[_Measured] = field(default_factory=list)
    _places: dict[int, tuple[ReferenceType[Tensor], int]] = field(default_factory=dict)

    def of(self, parameter: Tensor) -> _Measured | None:
        """What was seen of a parameter, None if it is new."""
        known = self._places.get(id(parameter))
        return None if known is None or known[0]() is not parameter else self.measured[known[1]]

    def add(self, parameter: Tensor, measured: _Measured) -> _Measured:
        """Begin with a parameter."""
        self._places[id(parameter)] = ref(parameter), len(self.measured)
        self.measured.append(measured)
        return measured


class UpdateObserver(Observer):
    """Keeps a part of each parameter over the step, and lets go of it after."""

    def __init__(self, recorder: Recorder, registry: ModelRegistry) -> None:
        self._recorder = recorder
        self._registry = registry
        self._before: list[tuple[Tensor, Tensor, float]] = []
        self._known: WeakKeyDictionary[Optimizer, _Held] = WeakKeyDictionary()
        self._all: list[_Held] = []  # They are wanted when their optimizers are gone.

    @on(StepStarted, closely=True)
    def step_started(self, event: StepStarted, here: Here) -> None:
        """Keep what parameters with gradients are."""
        optimizer = event.optimizer
        self._before = []
        if not self._recorder.periodic or type(optimizer).__name__ in WITH_CLOSURE:
            return
        rates = [(group, float(group.get("lr") or 0.0), highest_rate(group)) for group in optimizer.param_groups]
        plain = [
            (each, rate, highest)
            for group, rate, highest in rates
            for each in group["params"]
            if each.grad is not None and is_plain(each) and is_plain(each.grad)
        ]
        gradients = [part_of(each.grad) for each, _, _ in plain]
        means = [size / sqrt(each.numel()) for size, each in zip(norms_of(gradients), gradients, strict=True)]
        # What cancels out (a bias before BatchNorm) has a gradient of rounding errors, and no step will change it.
        least = NEGLIGIBLE * max(means, default=0.0)
        for (each, rate, highest), mean in zip(plain, means, strict=True):
            if rate >= WARM * highest > 0 and mean >= least and mean > 0:
                self._before.append((each, part_of(each).clone(), rate))

    @on(StepEnded, closely=True)
    def step_ended(self, event: StepEnded, here: Here) -> None:
        """Compare."""
        kept, self._before = self._before, []
        if not kept:
            return
        before = [part for _, part, _ in kept]
        sizes, changes = norms_of(before), norms_of(torch._foreach_sub([part_of(each) for each, _, _ in kept], before))
        known = self._known.get(event.optimizer)
        if known is None:
            known = self._known[event.optimizer] = _Held()
            self._all.append(known)
        for (each, _, rate), size, change in zip(kept, sizes, changes, strict=True):
            measured = known.of(each)
            if measured is None:
                owner = self._registry.owner(each)
                site = self._registry.site_of_parameter(each, here())
                measured = known.add(each, _Measured("" if owner is None else owner[1], site, each.dim() > 1))
            if isfinite(change) and (size > 0 or change == 0):
                measured.ratios.append((rate, change / size if size else 0.0))
            measured.from_zero = measured.from_zero or size <= change

    def finish(self) -> Iterable[Fact]:
        """The layers whose parameters were never changed, and the ratio of update to weight of all weights."""
        for held in self._all:
            measured = [each for each in held.measured if each.name]
            highest = max((rate for each in measured for rate, _ in each.ratios), default=0.0)
            unchanged: dict[Site, list[_Measured]] = defaultdict(list)
            for each in measured:
                ratios = [ratio for rate, ratio in each.ratios if rate >= WARM * highest]
                if ratios and not any(ratios):
                    unchanged[each.site].append(each)
                elif ratios and each.weighs and not each.from_zero:
                    yield _ratio(each, ratios, highest)
            for site, parameters in unchanged.items():
                yield _never_changed(site, parameters, highest)


def _ratio(measured: _Measured, ratios: list[float], rate: float) -> UpdateRatio:
    module = measured.name.removesuffix(".weight")
    return UpdateRatio(site=measured.site, module=module, ratio=median(ratios), steps=len(ratios), learning_rate=rate)


def _never_changed(site: Site, parameters: list[_Measured], rate: float) -> ParameterUse:
    return ParameterUse(
        site=site,
        module=parameters[0].name.rpartition(".")[0],
        names=tuple(sorted(each.name for each in parameters)),
        gradient=Yes,
        changed=No,
        steps=min(len(each.ratios) for each in parameters),
        learning_rate=rate,
    )


def is_plain(value: Tensor) -> bool:
    """Whether the numbers of a tensor can be asked for."""
    if type(value) not in (Tensor, Parameter) and hasattr(value, "to_local"):
        return False
    return value.layout is torch.strided and not value.is_meta and value.is_floating_point() and value.numel() > 0


def part_of(value: Tensor) -> Tensor:
    """The first rows of a tensor, as many as make a good part of it."""
    value = value.detach()
    if value.numel() <= PART or not value.dim():
        return value
    row = value.numel() // value.shape[0]
    return value[: max(1, PART // max(row, 1))]
