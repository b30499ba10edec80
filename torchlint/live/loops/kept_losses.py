"""Losses kept with their graphs: a sum or a list keeps the graphs of earlier batches alive (a memory leak)."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

import torch

from torchlint.facts.answer import Answer, Yes
from torchlint.facts.event import Accumulate
from torchlint.facts.site import Site
from torchlint.knowledge.graph import ARITHMETIC
from torchlint.live.objects.graph import operation
from torchlint.live.objects.marks import LossMark, LossMarks
from torchlint.live.stream.events import BackwardStarted, BatchDrawn, LossCalled
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here, spots_of
from torchlint.live.text.accumulation import accumulations, objects_in
from torchlint.live.text.attributes import Attributes
from torchlint.live.text.spots import Spot
from torchlint.live.text.user_files import UserFiles

KEPT = 3
"""That many earlier batches: the last one or two may live by chance, in a variable that is about to be written."""
LOOKS = 8
"""So often the user's variables are looked at for one place, if nothing is found there."""
LAST = 8
MOST_TERMS = 6


@dataclass(slots=True)
class _Kept:
    """A statement that keeps losses of a place."""

    site: Site
    via: tuple[Site, ...]
    place: tuple[Spot, ...]
    freed: bool


class KeptLosses(Observer):
    """Finds the statements that keep graphs of earlier batches alive.

    Losses that torch computes are marked where it does, by the batch that was drawn; whatever is run backward is
    marked there, with the terms that it is a sum of, by the backward. What keeps them stands on the way to the next one
    of the same place, or in a method of an object that is in reach of there.
    """

    skips_repeats = True

    def __init__(self, marks: LossMarks, files: UserFiles) -> None:
        self._marks = marks
        self._terms = LossMarks()
        self._attributes = Attributes(files)
        self._additions: dict[type, tuple[tuple[Site, str], ...]] = {}
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
        self._look(self._marks, here)

    @on(BackwardStarted)
    def backward_started(self, event: BackwardStarted, here: Here) -> None:
        """The graphs of these losses are freed; where they are several of one place, their sum is run backward."""
        nodes = [each.grad_fn for each in event.tensors if each.grad_fn is not None]
        open_places = any(not each.freed for each in self._kept.values())
        if open_places or not self._marks.settled:
            self._free(nodes)
        place = spots_of(here.chain)
        if not self._terms.is_settled(place):
            self._terms.batch += 1
            self._look(self._terms, here)
            self._mark_terms(nodes, place)

    def _free(self, nodes: list[Any]) -> None:
        seen: set[tuple[tuple[Spot, ...], int]] = set()
        for mark, _ in self._marks.under(nodes):
            mark.freed = True
            if any(place == mark.place for place, _ in seen):
                self._summed.add(mark.place)
            seen.add((mark.place, id(mark)))

    def _mark_terms(self, nodes: list[Any], place: tuple[Spot, ...]) -> None:
        for node in _terms(nodes):
            if self._terms.mark_of(node) is None:
                self._terms.put_on(node, place).freed = True
            else:
                self._summed.add(place)  # It was run backward before, and is again.

    def _look(self, marks: LossMarks, here: Here) -> None:
        """Look for what keeps the marks of this place, if so many live that something must."""
        place = spots_of(here.chain)
        looks = self._looks.get(place, 0)
        if looks >= LOOKS or len({mark.batch for mark in marks.alive(place)}) < KEPT:
            return
        self._looks[place] = looks + 1
        for frame, depth in _frames(here):
            spots = spots_of(here.chain[: depth + 1])
            via = tuple(spot.site for spot in spots[:-1])
            for each in accumulations(spots[-1]):
                self._keep(marks, each.site, via, place, each.held(frame))
            for held in objects_in(frame):
                for site, name in self._additions_of(type(held)):
                    self._keep(marks, site, (), place, getattr(held, "__dict__", {}).get(name))

    def _keep(
        self, marks: LossMarks, site: Site, via: tuple[Site, ...], place: tuple[Spot, ...], value: object
    ) -> None:
        held = [mark for mark in _marks_in(value, marks) if mark.place == place and mark.batch < marks.batch]
        if len({mark.batch for mark in held}) >= KEPT:
            self._kept.setdefault(site, _Kept(site, via, place, all(mark.freed for mark in held)))

    def _additions_of(self, kind: type) -> tuple[tuple[Site, str], ...]:
        found = self._additions.get(kind)
        if found is None:
            found = self._additions[kind] = tuple(self._attributes.additions(kind))
        return found

    def finish(self) -> Iterable[Accumulate]:
        """Every statement that keeps losses."""
        for kept in self._kept.values():
            summed = Answer.of(kept.place in self._summed)
            freed = Answer.of(kept.freed)
            yield Accumulate(site=kept.site, via=kept.via, graph=Yes, freed=freed, summed=summed)


def _marks_in(value: object, marks: LossMarks) -> list[LossMark]:
    match value:
        case torch.Tensor():
            tensors = [value]
        case list():
            tensors = [each for each in value[-LAST:] if isinstance(each, torch.Tensor)]
        case _:
            return []
    return [mark for mark, _ in marks.under(each.grad_fn for each in tensors)]


def _terms(nodes: list[Any]) -> Iterator[Any]:
    """What is run backward, and what it is a sum of, the outermost first."""
    waiting = list(nodes)
    for node in waiting:
        yield node
        if operation(node) in ARITHMETIC:
            waiting += [each for each, _ in node.next_functions if each is not None]
        if len(waiting) > MOST_TERMS:
            del waiting[MOST_TERMS:]


def _frames(here: Here) -> Iterator[tuple[FrameType, int]]:
    """The user's frames that led here, the innermost first, each with how many are around it."""
    depths = {identity: depth for depth, (identity, _) in enumerate(here.chain)}
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        depth = depths.get(id(frame))
        if depth is not None:
            yield frame, depth
        frame = frame.f_back
