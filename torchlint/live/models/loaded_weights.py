"""Weights that were loaded with `strict=False`: which of them the model has under the same name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from itertools import chain
from typing import TYPE_CHECKING

from torchlint.facts.weights import LoadedWeights
from torchlint.live.objects.identity import WeakMap
from torchlint.live.stream.events import WeightsLoaded
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here

if TYPE_CHECKING:
    from torch.nn import Module


class LoadedModelWeights(Observer):
    """Compares names: that weights of one name have one shape, torch itself looks after."""

    def __init__(self) -> None:
        self._latest: WeakMap[int] = WeakMap()
        self._facts: dict[int, LoadedWeights] = {}
        self._count = 0

    @on(WeightsLoaded)
    def weights_loaded(self, event: WeightsLoaded, here: Here) -> None:
        """What a model was given last is what it keeps: an attempt before that may well have failed."""
        earlier = self._latest.get(event.module)
        if earlier is not None:
            self._facts.pop(earlier, None)
        if event.strict or not isinstance(event.weights, Mapping) or not event.weights:
            return
        self._count += 1
        self._latest[event.module] = self._count
        self._facts[self._count] = _compared(event.module, event.weights, here)

    def finish(self) -> Iterable[LoadedWeights]:
        """Every load that could leave weights out."""
        return self._facts.values()


def _compared(module: Module, weights: Mapping[object, object], here: Here) -> LoadedWeights:
    held = chain(module.named_parameters(remove_duplicate=False), module.named_buffers(remove_duplicate=False))
    own, given = {name for name, _ in held}, {str(name) for name in weights}
    prefix, missing_prefix = _prefix(given, own), _prefix(own, given)
    without = len({name.removeprefix(prefix) for name in given} & own) if prefix else 0
    within = len({missing_prefix + name for name in given} & own) if missing_prefix else 0
    return LoadedWeights(
        site=here(),
        via=here.via,
        model=type(module).__name__,
        own=len(own),
        given=len(given),
        fitting=len(own & given),
        renamed=max(without, within),
        prefix=prefix if without >= within else "",
        missing_prefix=missing_prefix if within > without else "",
    )


def _prefix(longer: Set[str], shorter: Set[str]) -> str:
    """What stands before most of these names, the rest of which are among the others."""
    found: Counter[str] = Counter()
    for name in longer - shorter:
        ends = [index + 1 for index, letter in enumerate(name) if letter == "."]
        found.update(name[:end] for end in ends if name[end:] in shorter)
    return found.most_common(1)[0][0] if found else ""
