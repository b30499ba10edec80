"""Losses kept with their graphs: a sum or a list keeps the graphs of earlier batches alive (a memory leak)."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Any

import torch

from torchlint.facts.answer import Answer, Yes
from torchlint.facts.event import Accumulate
from torchlint.facts.site import Site
from torchlint.live.objects.marks import LossMark, LossMarks
from torchlint.live.stream.events import BackwardStarted, BatchDrawn, LossCalled
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here, spots_of
from torchlint.live.text.accumulation import accumulations
from torchlint.live.text.spots import Spot

if TYPE_CHECKING:
    pass

KEPT = 3
"""That many earlier batches: the last one or two may live by chance, in a variable that is about to be written."""
LOOKS = 8
"""So often the user's variables are looked at for one place, if nothing is found there."""
LAST = 8


@dataclass(slots=True)
class _Kept:
    """A statement that keeps losses of a place."""

    site: Site
    via: tuple[Site, ...]
    place: tuple[Spot, ...]
    freed: bool


class KeptLosses(Observer):
    """Finds the statements that keep graphs of earlier batches alive."""

    skips_repeats = True

    def __init__(self, marks: LossMarks) -> None:
        self._marks = marks
        self._looks: dict[tuple[Spot, ...], int] = {}
        self._kept: dict[Site, _Kept] = {}
        self._summed: set[tuple[Spot, ...]] = set()

    @on(BatchDrawn)
    def batch_drawn(self, event: BatchDrawn, here: Here) -> None:
        """What comes belongs to another batch."""
        self._marks.batch += 1

    @on(LossCalled)
    def loss_called(self, event: LossCalled, here: Here) -> None:
        """Another loss of this place: the graphs of the earlier ones should be gone."""
        place = spots_of(here.chain)
        marks = self._marks.alive(place)
        looks = self._looks.get(place, 0)
        if looks >= LOOKS or len({mark.batch for mark in marks}) < KEPT:
            return
        self._looks[place] = looks + 1
        for frame, depth in _frames(here):
            spots = spots_of(here.chain[: depth + 1])
            for each in accumulations(spots[-1]):
                held = self._held_by(each.held(frame), place)
                if len({mark.batch for mark in held}) >= KEPT:
                    via = tuple(spot.site for spot in spots[:-1])
                    self._kept[each.site] = _Kept(each.site, via, place, all(mark.freed for mark in held))

    @on(BackwardStarted)
    def backward_started(self, event: BackwardStarted, here: Here) -> None:
        """The graphs of these losses are freed; where they are several of one place, their sum is run backward."""
        open_places = any(not each.freed for each in self._kept.values())
        if not open_places and self._marks.settled:
            return
        seen: set[tuple[tuple[Spot, ...], int]] = set()
        for mark, _ in self._marks.under(each.grad_fn for each in event.tensors):
            mark.freed = True
            if any(place == mark.place for place, _ in seen):
                self._summed.add(mark.place)
            seen.add((mark.place, id(mark)))

    def finish(self) -> Iterable[Accumulate]:
        """Every statement that keeps losses."""
        for kept in self._kept.values():
            summed = Answer.of(kept.place in self._summed)
            freed = Answer.of(kept.freed)
            yield Accumulate(site=kept.site, via=kept.via, graph=Yes, freed=freed, summed=summed)

    def _held_by(self, value: Any, place: tuple[Spot, ...]) -> list[LossMark]:
        match value:
            case torch.Tensor():
                tensors = [value]
            case list():
                tensors = [each for each in value[-LAST:] if isinstance(each, torch.Tensor)]
            case _:
                return []
        found = (mark for mark, _ in self._marks.under(each.grad_fn for each in tensors))
        return [mark for mark in found if mark.place == place and mark.batch < self._marks.batch]


def _frames(here: Here) -> Iterator[tuple[FrameType, int]]:
    """The user's frames that led here, the innermost first, each with how many are around it."""
    depths = {identity: depth for depth, (identity, _) in enumerate(here.chain)}
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        depth = depths.get(id(frame))
        if depth is not None:
            yield frame, depth
        frame = frame.f_back
