"""Detects views that are to move a dimension of a tensor, and cut its memory into other rows instead."""

from __future__ import annotations

from itertools import pairwise

from torchlint.facts.answer import Answer, No, Yes
from torchlint.facts.loss import MovedByView
from torchlint.knowledge.layers import STATE_PARTS
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.values import Dimension, Literal, Many, Thing, Value
from torchlint.source.paper.occurrences.calls import TensorViewed
from torchlint.source.paper.occurrences.layers import LayerRun
from torchlint.source.paper.occurrences.training import ModuleRun
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.containers import contents


class MovingViews(Detector):
    """Views in sizes of the tensor's own that stand in another order, and of the states of recurrent layers.

    Those have their layers first, so that samples may not come first, whichever tensor their number was read from.
    """

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._stacked: dict[int, str] = {}
        self._fed: set[int] = set()
        self._states: set[int] = set()

    @listens
    def remember_inputs(self, run: ModuleRun) -> None:
        """A model is given tensors."""
        self._fed |= {each.number for each in run.inputs}

    @listens
    def remember_states(self, run: LayerRun) -> None:
        """A layer is run: perhaps a recurrent one of several layers."""
        layer = run.layer
        if not isinstance(layer, Thing) or layer.of is not None or layer.last not in STATE_PARTS:
            return
        if _has_several(layer):
            self._stacked[layer.number] = layer.last
        self._fed |= {each.number for each in run.inputs[:1]}
        begins = [each for given in run.given[1:] for each in _parts(self.machine, given)]
        self._states |= {each.number for each in begins}

    @listens
    def emit_view(self, viewed: TensorViewed) -> None:
        """A tensor is viewed in sizes of its own."""
        own = [
            (place, each)
            for place, each in enumerate(viewed.sizes)
            if isinstance(each, Dimension) and each.of == viewed.tensor.number and each.position >= 0
        ]
        moved = _swapped(own) or _put_last(own, viewed) or _put_behind(own, viewed)
        if moved is None and self._has_samples_first(viewed):
            self._emit_state(viewed)
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
                order=() if moved == (0, 1) and named == [0] else _order(named, rank),
                reshapes=Answer.of(not len(named) == len(viewed.sizes) == rank),
            )
        )

    def _has_samples_first(self, viewed: TensorViewed) -> bool:
        """Whether the state of several layers is viewed with the size first that its second dimension has."""
        layer, part = viewed.tensor.output_of or (0, "")
        if viewed.tensor.piece_of is not None or part not in STATE_PARTS.get(self._stacked.get(layer, ""), ()):
            return False
        first = viewed.sizes[0]
        if not isinstance(first, Dimension):
            return False
        if first.of == viewed.tensor.number:
            return first.position == 1
        return first.of in self._fed - self._states

    def _emit_state(self, viewed: TensorViewed) -> None:
        self.emit(
            MovedByView(
                site=viewed.site, via=tuple(self.machine.via), moved=(1, 0), rank=3, order=(1, 0, 2), reshapes=Yes
            )
        )

    def _sizes(self, viewed: TensorViewed, own: list[tuple[int, Dimension]]) -> list[object]:
        """The sizes that are known of the dimensions that are named: where one is 1, nothing is mixed."""
        shape = viewed.tensor.shape or ()
        known = shape[: shape.index(...)] if ... in shape else shape
        return [known[each.position] for _, each in own if each.position < len(known)]


def _has_several(layer: Thing) -> bool:
    """Whether a recurrent layer is known to have several layers, or to go both ways."""
    layers = layer.arguments.get("num_layers", 2)
    several = isinstance(layers, Literal) and isinstance(layers.value, int) and layers.value > 1
    return several or layer.arguments.says("bidirectional", 6, default=No) is Yes


def _parts(machine: Machine, given: Value) -> list[Value]:
    return [item for item, _ in contents(machine.state, given)] if isinstance(given, Many) else [given]


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


def _put_behind(own: list[tuple[int, Dimension]], viewed: TensorViewed) -> tuple[int, int] | None:
    """The dimension that is first in memory, and that is named behind numbers which make more than one row."""
    place, dimension = own[0] if own else (0, None)
    if dimension is None or dimension.position != 0:
        return None
    ahead = [each.value if isinstance(each, Literal) else None for each in viewed.sizes[:place]]
    more = any(isinstance(each, int) and each > 1 for each in ahead)
    return (0, place) if more and all(isinstance(each, int) and each > 0 for each in ahead) else None


def _order(named: list[int], rank: int | None) -> tuple[int, ...]:
    """How the dimensions are to stand: those that are named as they are named, of which no other stands between."""
    if len(named) == 1 and rank is not None:
        return (*(each for each in range(rank) if each not in named), *named)
    together = sorted(named) == list(range(len(named)))
    return (*named, *range(len(named), rank or len(named))) if together else ()


def _is_rest(size: object) -> bool:
    return isinstance(size, Literal) and size.value == -1
