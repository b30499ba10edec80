"""Losses that are kept with their graph: the graphs of earlier batches still live, and a sum or a list holds them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from inspect import CO_OPTIMIZED
from types import FrameType
from typing import TYPE_CHECKING, Any

import torch

from torchlint.facts.answer import Answer, Yes
from torchlint.facts.event import Accumulate
from torchlint.facts.site import Site
from torchlint.live.objects.marks import Mark, Marks
from torchlint.live.stream.events import BackwardStarted, BatchDrawn, LossCalled
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here, Spot, spots_of
from torchlint.live.text.pages import inside

if TYPE_CHECKING:
    pass

KEPT = 3
"""That many earlier batches: the last one or two may live by chance, in a variable that is about to be written."""
LOOKS = 8
"""So often the user's variables are looked at for one place, if nothing is found there."""
LAST = 8
PUTS = frozenset(("append", "extend"))
COPIES_LOCALS = sys.version_info < (3, 13)


@dataclass(slots=True)
class _Kept:
    """A statement that keeps losses of a place."""

    site: Site
    via: tuple[Site, ...]
    place: Hashable
    freed: bool


class KeptLosses(Observer):
    """Looks for who holds graphs of earlier batches, where there are such."""

    skips_repeats = True

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._looks: dict[Hashable, int] = {}
        self._kept: dict[Site, _Kept] = {}
        self._summed: set[Hashable] = set()

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
            for node, target in _gathering(spots[-1]):
                held = self._held_by(_value(target, frame), place)
                if len({mark.batch for mark in held}) >= KEPT:
                    site = spots[-1].page.site(node)
                    via = tuple(spot.site for spot in spots[:-1])
                    self._kept[site] = _Kept(site, via, place, all(mark.freed for mark in held))

    @on(BackwardStarted)
    def backward_started(self, event: BackwardStarted, here: Here) -> None:
        """The graphs of these losses are freed; where they are several of one place, their sum is run backward."""
        open_places = any(not each.freed for each in self._kept.values())
        if not open_places and self._marks.settled:
            return
        seen: set[tuple[Hashable, int]] = set()
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

    def _held_by(self, value: Any, place: Hashable) -> list[Mark]:
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


def _gathering(spot: Spot) -> Iterator[tuple[ast.AST, ast.expr]]:
    """What adds to something in the loops around a place, else in its function, with the expression that it adds to."""
    around: ast.AST | None = next((each.node for each in spot.loops if each.is_statement), None)
    if around is None and spot.node is not None:
        around = spot.page.function_around(spot.node)  # It is called again and again: by a loop, or by a framework.
    for node in inside(around) if around is not None else ():
        match node:
            case ast.AugAssign(op=ast.Add(), target=target):
                yield node, target
            case ast.Assign(targets=[target], value=ast.BinOp(op=ast.Add(), left=left, right=right)):
                if _text(target) in (_text(left), _text(right)):
                    yield node, target
            case ast.Call(func=ast.Attribute(value=target, attr=name)) if name in PUTS:
                yield node, target


def _text(node: ast.expr) -> str:
    return ast.unparse(node)


def _value(node: ast.expr, frame: FrameType) -> Any:
    """What a name, an attribute or an item means in a frame; nothing of the user's is run for it."""
    match node:
        case ast.Name(id=name):
            return _variable(name, frame)
        case ast.Attribute(value=owner, attr=name):
            return getattr(_value(owner, frame), "__dict__", {}).get(name)
        case ast.Subscript(value=owner, slice=ast.Constant(value=key)):
            held = _value(owner, frame)
            return held.get(key) if type(held) is dict else None
    return None


def _variable(name: str, frame: FrameType) -> Any:
    variables = frame.f_locals
    found = variables.get(name)
    if COPIES_LOCALS and frame.f_code.co_flags & CO_OPTIMIZED:
        variables.clear()  # The copy that Python made for us would keep the user's tensors alive.
    return frame.f_globals.get(name) if found is None else found
