"""Follows one forward pass call by call, by a torch function mode: what leaves the graph, and where it goes."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from types import FrameType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from torchlint.facts.site import Site
from torchlint.knowledge.functional import CUTS_GRAPH, LEAVES_TORCH, TAKES_NUMBERS
from torchlint.live.objects.graph import nodes_behind, number_of
from torchlint.live.objects.identity import WeakMap
from torchlint.live.objects.tensors import tensors_in
from torchlint.live.stream.places import spots_of
from torchlint.live.stream.recorder import Recorder
from torchlint.live.text.spots import Spot

NONE: frozenset[Site] = frozenset()
CUTS = {
    "data": ".data",
    "tensor": "torch.tensor(...)",
    **{name: f".{name}()" for name in CUTS_GRAPH},
}
"""What cuts the graph, by the name under which a torch function mode sees it, as it is written."""


@dataclass(slots=True)
class Cut:
    """A cut as it was seen in a pass: as it is written, by its name, and the operations behind it by number."""

    call: str
    name: str
    spots: tuple[Spot, ...]
    behind: set[int]


class CutTracer(TorchFunctionMode):
    """Sees every call of torch in one pass, and marks tensors with the cuts that they came through."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder
        self._marks: WeakMap[frozenset[Site]] = WeakMap()
        self._left_torch = NONE
        self.cuts: dict[Site, Cut] = {}

    def know(self, tensors: Iterable[torch.Tensor]) -> None:
        """Tensors that come from outside the model."""
        for tensor in tensors:
            self._marks[tensor] = NONE

    def marks_of(self, tensors: Iterable[torch.Tensor]) -> frozenset[Site]:
        """The cuts that tensors came through; those that nobody knows may be made of numbers that left torch."""
        found = NONE
        for tensor in tensors:
            mark = self._marks.get(tensor)
            if mark is None and not tensor.requires_grad:
                mark = self._left_torch
            found |= mark or NONE
        return found

    def __torch_function__(self, function: Any, types: Any, arguments: Any = (), keywords: Any = None) -> Any:
        """Call it as if we were not here, and follow what came of it."""
        value = function(*arguments, **(keywords or {}))
        if self._recorder.recording:
            given = list(tensors_in((arguments, keywords)))
            self._recorder.safely(self._mark, _name(function), given, value, sys._getframe(1))
        return value

    def _mark(self, name: str, given: list[torch.Tensor], value: Any, frame: FrameType) -> None:
        marks = self.marks_of(given)
        if name in CUTS:
            marks |= self._cut(name, given, frame)
        if name in LEAVES_TORCH:
            self._left_torch |= marks
        if name in TAKES_NUMBERS and not given:
            marks |= self._left_torch
        changed = given[:1] if name.endswith("_") or name == "__setitem__" else []
        for tensor in (*tensors_in(value), *changed):
            self._marks[tensor] = marks

    def _cut(self, name: str, given: list[torch.Tensor], frame: FrameType) -> frozenset[Site]:
        starts = [each.grad_fn for each in given if each.grad_fn is not None]
        spots = spots_of(self._recorder.places.chain(frame)) if starts else ()
        if not spots:
            return NONE
        site = spots[-1].site
        cut = self.cuts.setdefault(site, Cut(CUTS[name], name, spots, set()))
        cut.behind |= {number for node in nodes_behind(starts) if (number := number_of(node)) is not None}
        return frozenset((site,))


def _name(function: Any) -> str:
    """The name of a function of torch; that of the attribute where one is read."""
    name: str = getattr(function, "__name__", "")
    return getattr(getattr(function, "__self__", None), "__name__", name) if name == "__get__" else name
