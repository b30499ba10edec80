"""Whether the schedule of a learning-rate scheduler counts batches or epochs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import FunctionType
from typing import Any

from torchlint.facts.event import Cadence
from torchlint.knowledge.names import counts_iterations
from torchlint.knowledge.optimizers import (
    FEW_STEPS,
    FUNCTION,
    MANY_STEPS,
    PARTS,
    SCHEDULERS,
    SCHEDULERS_ELSEWHERE,
    SchedulerKind,
)
from torchlint.live.objects.identity import WeakMap
from torchlint.live.stream.events import SchedulerInitStarted
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here, spots_of
from torchlint.live.text.constructions import calls_one_of, is_constant_argument, takes_length
from torchlint.live.text.spots import Spot


class Schedules(Observer):
    """Knows with which arguments schedulers were built, and of which it is sure that they count batches."""

    def __init__(self) -> None:
        self._given: WeakMap[tuple[object, bool, bool]] = WeakMap()
        self._of_batches: WeakMap[bool] = WeakMap()

    @on(SchedulerInitStarted)
    def scheduler_init_started(self, event: SchedulerInitStarted, here: Here) -> None:
        """A scheduler is being built."""
        scheduler = event.scheduler
        kind = SCHEDULERS.get(type(scheduler).__name__)
        spots = spots_of(here.chain)
        if kind is None:
            return
        if any(self._counts_batches(each, event, spots) for each in (kind, *_made_by(spots))):
            self._of_batches[scheduler] = True
        if kind.counts is not None:
            name, position = kind.counts
            value = _argument(event, name, position)
            by_hand = is_constant_argument(spots, name, position)
            counted = value is not None or kind.total is None or takes_length(spots, *kind.total)
            self._given[scheduler] = value, by_hand, counted

    def cadence(self, scheduler: Any, lengths: frozenset[int]) -> Cadence:
        """Whether its schedule counts batches or epochs; `lengths` are those of the loaders that were seen."""
        kind = SCHEDULERS.get(type(scheduler).__name__)
        if scheduler in self._of_batches:
            return Cadence.BATCH
        if kind is None or kind.counts is None:
            return Cadence.EITHER if kind is None or kind.total is not None else kind.cadence
        value, by_hand, counted = self._given.get(scheduler) or (None, False, False)
        if isinstance(value, (int, float)):
            computed = not by_hand and any(length > 1 and value % length == 0 for length in lengths)
            counted = value > FEW_STEPS or computed
        return kind.cadence if counted else Cadence.EITHER

    def _counts_batches(self, kind: SchedulerKind, event: SchedulerInitStarted, spots: tuple[Spot, ...]) -> bool:
        """Whether what says how long a schedule is counts batches."""
        ends = [each for each in (kind.total, FUNCTION.get(kind.name)) if each is not None]
        if any(takes_length(spots, *each) for each in ends):
            return True
        parts = _argument(event, *PARTS[kind.name]) if kind.name in PARTS else ()
        functions = _argument(event, *FUNCTION[kind.name]) if kind.name in FUNCTION else ()
        return any(each in self._of_batches for each in _several(parts)) or any(
            number > MANY_STEPS and counts_iterations(name)
            for function in _several(functions)
            for name, number in _numbers_in(function)
        )


def _made_by(spots: tuple[Spot, ...]) -> Iterator[SchedulerKind]:
    """The function of another package that makes a scheduler of torch, where the user calls one."""
    known = {name.rpartition(".")[2]: kind for name, kind in SCHEDULERS_ELSEWHERE.items()}
    name = calls_one_of(spots, known)
    if name is not None:
        yield known[name]


def _argument(event: SchedulerInitStarted, name: str, position: int) -> Any:
    return event.keywords.get(name, event.arguments[position] if len(event.arguments) > position else None)


def _several(value: Any) -> Iterable[Any]:
    return value if isinstance(value, (list, tuple)) else (value,)


def _numbers_in(function: Any) -> Iterator[tuple[str, float]]:
    """The numbers that a function of a schedule reads, by their names."""
    found: dict[str, Any] = {}
    if isinstance(function, FunctionType):
        code = function.__code__
        found.update({name: function.__globals__.get(name) for name in code.co_names})
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            try:
                found[name] = cell.cell_contents
            except ValueError:
                continue  # It is not set yet.
    for name, value in found.items():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            yield name, value
