"""Detects views that are to move a dimension of a tensor, and cut its memory into other rows instead."""

from __future__ import annotations

from itertools import pairwise

from torchlint.facts.answer import Answer
from torchlint.facts.loss import MovedByView
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.values import Dimension, Literal
from torchlint.source.paper.occurrences.calls import TensorViewed


class MovingViews(Detector):
    """Views in sizes of the tensor's own that stand in another order."""

    @listens
    def emit_view(self, viewed: TensorViewed) -> None:
        """A tensor is viewed in sizes of its own."""
        own = [
            (place, each)
            for place, each in enumerate(viewed.sizes)
            if isinstance(each, Dimension) and each.of == viewed.tensor.number and each.position >= 0
        ]
        moved = _swapped(own) or _put_last(own, viewed)
        if moved is None or 1 in self._sizes(viewed, own):
            return
        rank = next((each.rank for _, each in own if each.rank is not None), None)
        named = [each.position for _, each in own]
        self.emit(
            MovedByView(
                site=viewed.site,
                via=tuple(self.machine.via),
                moved=moved,
                rank=rank,
                order=_order(named, rank),
                reshapes=Answer.of(not len(named) == len(viewed.sizes) == rank),
            )
        )

    def _sizes(self, viewed: TensorViewed, own: list[tuple[int, Dimension]]) -> list[object]:
        """The sizes that are known of the dimensions that are named: where one is 1, nothing is mixed."""
        shape = viewed.tensor.shape or ()
        known = shape[: shape.index(...)] if ... in shape else shape
        return [known[each.position] for _, each in own if each.position < len(known)]


def _swapped(own: list[tuple[int, Dimension]]) -> tuple[int, int] | None:
    """Two dimensions that change places."""
    for (earlier, before), (place, after) in pairwise(own):
        if before.position > after.position:
            return (before.position, earlier) if place == after.position else (after.position, place)
    return None


def _put_last(own: list[tuple[int, Dimension]], viewed: TensorViewed) -> tuple[int, int] | None:
    """A dimension that others follow in memory, and that is named last, beside what is worked out of the rest."""
    last = len(viewed.sizes) - 1
    place, dimension = own[-1] if own else (-1, None)
    if dimension is None or place != last or dimension.rank is None or dimension.position == dimension.rank - 1:
        return None
    joined = any(not isinstance(each, (Dimension, Literal)) or _is_rest(each) for each in viewed.sizes)
    return (dimension.position, place) if joined else None


def _order(named: list[int], rank: int | None) -> tuple[int, ...]:
    """How the dimensions are to stand: those that are named as they are named, of which no other stands between."""
    if len(named) == 1 and rank is not None:
        return (*(each for each in range(rank) if each not in named), *named)
    together = sorted(named) == list(range(len(named)))
    return (*named, *range(len(named), rank or len(named))) if together else ()


def _is_rest(size: object) -> bool:
    return isinstance(size, Literal) and size.value == -1
