"""Steps in a row that leave every weight with a gradient as it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import torch
from torch import Tensor
from torch.optim import Optimizer

from torchlint.facts.fact import Fact
from torchlint.facts.schedule import StandStill
from torchlint.facts.site import Site
from torchlint.knowledge.optimizers import SCHEDULERS
from torchlint.live.health.norms import norms_of
from torchlint.live.health.updates import WITH_CLOSURE, is_plain, part_of
from torchlint.live.objects.optimizers import highest_rate, parameters_of
from torchlint.live.stream.events import SchedulerStepped, StepEnded, StepStarted
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.recorder import Recorder

if TYPE_CHECKING:
    from torchlint.live.stream.places import Here

ENOUGH = 3
"""So many parameters show that a step changes something; where they stay as they are, all are asked."""
FEWEST_LOOKS = 3
FEWEST_STEPS = 20
FEWEST_TURNS = 2
"""So often a schedule goes on meanwhile: the first of a warm-up and the last of a decay may have a rate of 0."""


@dataclass(slots=True)
class _Still:
    """A row of steps that changed nothing: when it began, how often it was looked at, and its schedule stepped."""

    site: Site
    since: int
    rate: float = 0.0
    looks: int = 0
    turns: int = 0
    steps: int = 0


class StandStillObserver(Observer):
    """Keeps a part of a few parameters over sampled steps.

    `_explained` are the optimizers whose schedule multiplies by 0, which is told where it is built.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._before: list[tuple[Tensor, Tensor]] = []
        self._still: WeakKeyDictionary[Optimizer, _Still] = WeakKeyDictionary()
        self._scheduled: WeakKeyDictionary[Optimizer, bool] = WeakKeyDictionary()
        self._found: dict[Site, _Still] = {}

    @on(SchedulerStepped)
    def scheduler_stepped(self, event: SchedulerStepped, here: Here) -> None:
        """A schedule goes on."""
        optimizer = getattr(event.scheduler, "optimizer", None)
        if not isinstance(optimizer, Optimizer):
            return
        if optimizer not in self._scheduled:
            kind = SCHEDULERS.get(type(event.scheduler).__name__)
            factor = kind.factor if kind is not None else None
            self._scheduled[optimizer] = factor is not None and getattr(event.scheduler, factor[0], None) == 0
        still = self._still.get(optimizer) if self._still else None
        if still is not None:
            still.turns += 1

    @on(StepStarted, closely=True)
    def step_started(self, event: StepStarted, here: Here) -> None:
        """Keep what some parameters with gradients are."""
        optimizer = event.optimizer
        self._before = []
        if type(optimizer).__name__ in WITH_CLOSURE or event.closure or self._scheduled.get(optimizer):
            return
        with_gradients = [
            (each, each.grad)
            for each in parameters_of(optimizer)
            if each.grad is not None and is_plain(each) and is_plain(each.grad)
        ]
        looked_at = with_gradients if optimizer in self._still else with_gradients[-ENOUGH:]
        sizes = norms_of([part_of(gradient) for _, gradient in looked_at])
        self._before = [
            (each, part_of(each).clone()) for (each, _), size in zip(looked_at, sizes, strict=True) if size > 0
        ]

    @on(StepEnded, closely=True)
    def step_ended(self, event: StepEnded, here: Here) -> None:
        """Compare."""
        kept, self._before = self._before, []
        if not kept:
            return
        optimizer, number = event.optimizer, self._recorder.step_number
        if not all(torch.equal(part_of(each), before) for each, before in kept):
            self._still.pop(optimizer, None)
            return
        still = self._still.get(optimizer)
        if still is None:
            still = self._still[optimizer] = _Still(here(), number)
        rates = [float(group.get("lr") or 0.0) for group in optimizer.param_groups]
        still.looks, still.steps, still.rate = still.looks + 1, number - still.since + 1, max(still.rate, *rates)
        if max(map(highest_rate, optimizer.param_groups)) > 0 and self._lasts(optimizer, still):
            self._found[still.site] = still

    def _lasts(self, optimizer: Optimizer, still: _Still) -> bool:
        enough = still.looks > FEWEST_LOOKS and still.steps >= FEWEST_STEPS
        return enough and (optimizer not in self._scheduled or still.turns >= FEWEST_TURNS)

    def finish(self) -> Iterable[Fact]:
        """One fact for each place."""
        for site, each in self._found.items():
            yield StandStill(site=site, steps=each.steps, rate=each.rate)
