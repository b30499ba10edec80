"""Containers that hold one layer several times, where nothing says that it is shared on purpose."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from torchlint.facts.layer import RepeatedLayers
from torchlint.facts.site import Site
from torchlint.knowledge.layers import HOLD_IN_ORDER
from torchlint.live.objects.layers import Layers
from torchlint.live.text.constructions import says_shared
from torchlint.live.text.spots import Spot

if TYPE_CHECKING:
    from torch.nn import Module


class RepeatedLayersSearch:
    """Looks through the containers of a model."""

    def __init__(self, layers: Layers, model: Module) -> None:
        self._layers = layers
        self._parents: dict[int, set[int]] = defaultdict(set)
        for parent in model.modules():
            for child in parent.children():
                self._parents[id(child)].add(id(parent))

    def among(self, container: Module) -> RepeatedLayers | None:
        """The layers that a container of torch's holds several times."""
        built_by = self._layers.built_by(container)
        if type(container).__name__ not in HOLD_IN_ORDER or not built_by:
            return None
        held = [each for each in container._modules.values() if each is not None]
        return self._repeated(type(container).__name__, held, built_by[-1].site, built_by[-1], {id(container)})

    def in_plain(self, container: object, held: list[Module], site: Site) -> RepeatedLayers | None:
        """The layers that a plain container holds several times."""
        return self._repeated(type(container).__name__, held, site, None, set())

    def _repeated(
        self, container: str, held: list[Module], site: Site, spot: Spot | None, own: set[int]
    ) -> RepeatedLayers | None:
        times = Counter(map(id, held))
        again = {id(each): each for each in held if times[id(each)] > 1}
        # A layer that has a place of its own beside the container is shared on purpose.
        alone = (each for each in again.values() if self._parents[id(each)] <= own)
        layers = [each for each in alone if not self._says_shared(each, spot)]
        if not layers:
            return None
        return RepeatedLayers(site=site, container=container, layers=tuple(map(self._layers.layer, layers)))

    def _says_shared(self, layer: Module, container: Spot | None) -> bool:
        built_by = self._layers.built_by(layer)
        return any(says_shared(each) for each in (*built_by[-1:], container) if each is not None)
