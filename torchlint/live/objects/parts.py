"""Transforms that are set through a part of a dataset, and hold for its other parts too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from weakref import ref

from torch.utils.data import Subset

from torchlint.facts.data import SharedTransform
from torchlint.facts.site import Site
from torchlint.intent.transforms import is_named_as_transform
from torchlint.live.objects.identity import WeakMap
from torchlint.live.stream.events import BatchDrawn, WholeAttributeSet
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here
from torchlint.live.text.held_values import holders_of

PLAIN = (bool, int, float, str, type(None))


@dataclass(frozen=True, slots=True)
class SetThroughPart:
    """A transform that was set through a part, and not used since."""

    part: ref[Any]
    site: Site


class Parts(Observer):
    """What was set through which part, for each dataset; `_told` are the facts by the attribute."""

    def __init__(self) -> None:
        self._set: WeakMap[dict[str, SetThroughPart]] = WeakMap()
        self._told: WeakMap[dict[str, SharedTransform]] = WeakMap()
        self._facts: list[SharedTransform] = []

    @on(WholeAttributeSet)
    def attribute_set(self, event: WholeAttributeSet, here: Here) -> None:
        """A transform is set: of another part as well, if that set one before."""
        whole, name = event.whole, event.name
        if not is_named_as_transform(name):
            return
        held = self._set.setdefault(whole, {})
        before, part = held.pop(name, None), _part(event, here)
        if part is None:
            return
        held[name] = SetThroughPart(ref(part), here())
        if before is None or before.part() is part or _are_same(vars(whole).get(name), event.value):
            return
        told = self._told.setdefault(whole, {})
        if name not in told:
            told[name] = SharedTransform(site=here(), via=here.via, attribute=name, before=before.site)
            self._facts.append(told[name])

    @on(BatchDrawn)
    def batch_drawn(self, event: BatchDrawn, here: Here) -> None:
        """What was set before holds in its time."""
        self._set.clear()

    def finish(self) -> Iterable[SharedTransform]:
        """Every transform that another part undid."""
        return self._facts


def _part(event: WholeAttributeSet, here: Here) -> Any:
    """The part through which an attribute is being set: `part.dataset.transform = ...`."""
    frame, chain = here.frame, here.chain
    while frame is not None and chain and id(frame) != chain[-1][0]:
        frame = frame.f_back
    if frame is None or not chain:
        return None
    held = holders_of("dataset", event.name, chain[-1][1], frame)
    return next((each for each in held if isinstance(each, Subset) and each.dataset is event.whole), None)


def _are_same(first: Any, second: Any) -> bool:
    return first is second or (isinstance(first, PLAIN) and isinstance(second, PLAIN) and first == second)
