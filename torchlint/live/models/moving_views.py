"""Views that are to move a dimension of a tensor, and cut its memory into other rows instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING

import torch

from torchlint.facts.loss import MovedByView
from torchlint.live.objects.identity import WeakMap
from torchlint.live.objects.tensors import tensors_in
from torchlint.live.stream.events import ForwardEnded, TensorViewed
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here, spots_of
from torchlint.live.text.sizes import is_size_of_tensor
from torchlint.live.text.spots import Spot

if TYPE_CHECKING:
    from torch import Tensor

MOST_LOOKS = 8
"""So often the values at one place are looked at while they are the same in either order, as zeros are."""
FEWEST_IN_ORDER = 3
"""That all sizes of so many come out in another order is no chance: a matrix is also cut anew on purpose."""
Sizes = list[tuple[int, int]]
"""Dimensions by their number, and their sizes."""
Own = list[tuple[int, int]]
"""Places of a view, and the dimensions of the tensor that stand there."""


@dataclass(frozen=True, slots=True)
class _Move:
    """A dimension that would have to be moved `to` where another one stands, to come out in its `place`."""

    dimension: int
    to: int
    place: int


class MovingViews(Observer):
    """Looks at the views that the user's own lines make.

    Sizes are numbers here: which dimension one means is known where the tensor has one such dimension alone, and the
    text took the number from a tensor; or no row that comes out could mean anything else.
    """

    def __init__(self) -> None:
        self._states: WeakMap[bool] = WeakMap()
        self._looks: dict[tuple[Spot, ...], int] = {}
        self._found: dict[tuple[Spot, ...], MovedByView] = {}

    @on(ForwardEnded, closely=True)
    def module_ended(self, event: ForwardEnded, here: Here) -> None:
        """The states that a recurrent layer ends in have its layers first, whatever it was given first."""
        if isinstance(event.module, torch.nn.RNNBase) and isinstance(event.output, tuple):
            for state in tensors_in(event.output[1:]):
                self._states[state] = True

    @on(TensorViewed, closely=True)
    def viewed(self, event: TensorViewed, here: Here) -> None:
        """A tensor was viewed in other sizes."""
        before, after = _apart(event.tensor.shape, event.view.shape)
        if not before or not after or not here.is_direct:
            return
        spots = spots_of(here.chain)
        if spots in self._found or self._looks.get(spots, 0) >= MOST_LOOKS:
            return
        moved = self._moved(event.tensor, before, after, spots[-1])
        if moved is None:
            return
        self._looks[spots] = self._looks.get(spots, 0) + 1
        if _mixes(event.tensor, event.view, moved):
            via = tuple(spot.site for spot in spots[:-1])
            self._found[spots] = MovedByView(
                site=here(), via=via, moved=(moved.dimension, moved.place), rank=event.tensor.dim()
            )

    def _moved(self, tensor: Tensor, before: Sizes, after: Sizes, spot: Spot) -> _Move | None:
        if tensor in self._states and tensor.dim() == FEWEST_IN_ORDER:
            layers, batch, width = tensor.shape
            if layers != batch and [size for _, size in after] == [batch, layers * width]:
                return _Move(1, 0, 0)
        own = _own(before, after)
        moved = _swapped(own) or _put_at_an_end(own, before, after)
        if moved is None:
            return None
        in_order = sorted(size for _, size in before) == sorted(size for _, size in after)
        if (in_order and sum(size != 1 for size in tensor.shape) >= FEWEST_IN_ORDER) or _straddles(
            moved, before, after
        ):
            return moved
        return moved if is_size_of_tensor(spot, moved.place) or tensor in self._states else None

    def finish(self) -> Iterable[MovedByView]:
        """The views that mixed the values."""
        return self._found.values()


def _apart(before: Iterable[int], after: Iterable[int]) -> tuple[Sizes, Sizes]:
    """The dimensions of both that neither begin nor end them alike, without those of size 1."""
    one = [(number, size) for number, size in enumerate(before) if size != 1]
    other = [(number, size) for number, size in enumerate(after) if size != 1]
    while one and other and one[0][1] == other[0][1]:
        one, other = one[1:], other[1:]
    while one and other and one[-1][1] == other[-1][1]:
        one, other = one[:-1], other[:-1]
    return one, other


def _own(before: Sizes, after: Sizes) -> Own:
    """The places of the view that can mean but one dimension of the tensor, each with that dimension."""
    sizes, others = [size for _, size in before], [size for _, size in after]
    where = {size: number for number, size in before if sizes.count(size) == others.count(size) == 1}
    return [(place, where[size]) for place, size in after if size in where]


def _swapped(own: Own) -> _Move | None:
    """Two dimensions that change places."""
    for (earlier, before), (place, after) in pairwise(own):
        if before > after:
            return _Move(before, after, earlier) if place == after else _Move(after, before, place)
    return None


def _put_at_an_end(own: Own, before: Sizes, after: Sizes) -> _Move | None:
    """A dimension that is last in memory and not in the view, or in the view alone; or that is first in one alone."""
    if not own:
        return None
    (first, begins), (last, ends) = own[0], own[-1]
    if last == after[-1][0] and ends != before[-1][0]:
        return _Move(ends, before[-1][0], last)
    # One that comes first in memory stays first, and no other does.
    return _Move(begins, before[-1][0], first) if (first == after[0][0]) != (begins == before[0][0]) else None


def _straddles(moved: _Move, before: Sizes, after: Sizes) -> bool:
    """Whether rows as long as a dimension of three or more are neither parts nor multiples of what stands behind it."""
    behind = prod(size for number, size in before if number > moved.dimension)
    length = next(size for number, size in before if number == moved.dimension)
    is_last = moved.place == after[-1][0] and len(before) >= FEWEST_IN_ORDER
    return is_last and behind % length != 0 and length % behind != 0


def _mixes(tensor: Tensor, view: Tensor, moved: _Move) -> bool:
    """Whether the values would be others if the dimension were moved."""
    try:
        with torch.no_grad():
            return not torch.equal(view, tensor.movedim(moved.dimension, moved.to).reshape(view.shape))
    except (RuntimeError, NotImplementedError):
        return False  # What is mapped over, or has no memory, has no values that can be compared.
