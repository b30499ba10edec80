"""Whether the schedule of a learning-rate scheduler counts batches or epochs."""

from __future__ import annotations

from typing import Any

from torchlint.facts.event import Cadence
from torchlint.knowledge.optimizers import FEW_STEPS, SCHEDULERS
from torchlint.live.objects.identity import WeakMap
from torchlint.live.stream.events import SchedulerInitStarted
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here, spots_of
from torchlint.live.text.constructions import is_constant_argument, takes_length


class Schedules(Observer):
    """Knows with which arguments schedulers were built."""

    def __init__(self) -> None:
        self._given: WeakMap[tuple[object, bool, bool]] = WeakMap()

    @on(SchedulerInitStarted)
    def scheduler_init_started(self, event: SchedulerInitStarted, here: Here) -> None:
        """A scheduler is being built."""
        scheduler, arguments = event.scheduler, event.arguments
        kind = SCHEDULERS.get(type(scheduler).__name__)
        if kind is None or kind.counts is None:
            return
        name, position = kind.counts
        value = event.keywords.get(name, arguments[position] if len(arguments) > position else None)
        spots = spots_of(here.chain)
        by_hand = is_constant_argument(spots, name, position)
        counted = value is not None or kind.total is None or takes_length(spots, *kind.total)
        self._given[scheduler] = value, by_hand, counted

    def cadence(self, scheduler: Any, lengths: frozenset[int]) -> Cadence:
        """Whether its schedule counts batches or epochs; `lengths` are those of the loaders that were seen."""
        kind = SCHEDULERS.get(type(scheduler).__name__)
        if kind is None or kind.counts is None:
            return kind.cadence if kind is not None else Cadence.EITHER
        value, by_hand, counted = self._given.get(scheduler) or (None, False, False)
        if isinstance(value, (int, float)):
            computed = not by_hand and any(length > 1 and value % length == 0 for length in lengths)
            counted = value > FEW_STEPS or computed
        return kind.cadence if counted else Cadence.EITHER
