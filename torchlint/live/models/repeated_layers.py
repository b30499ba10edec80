"""Containers that hold one layer several times, where nothing says that it is shared on purpose."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from torchlint.facts.answer import No
from torchlint.facts.layer import RepeatedLayers
from torchlint.facts.site import Site
from torchlint.intent.sharing import RepeatedLayer, shares_on_purpose
from torchlint.knowledge.layers import HOLD_IN_ORDER
from torchlint.live.objects.layers import Layers
from torchlint.live.text.around import place_of
from torchlint.live.text.constructions import names_of_result
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
        return self._repeated(type(container).__name__, held, built_by[-1].site, built_by, {id(container)})

    def in_plain(self, container: object, held: list[Module], site: Site) -> RepeatedLayers | None:
        """The layers that a plain container holds several times."""
        return self._repeated(type(container).__name__, held, site, (), set())

    def _repeated(
        self, container: str, held: list[Module], site: Site, put_by: tuple[Spot, ...], own: set[int]
    ) -> RepeatedLayers | None:
        times = Counter(map(id, held))
        again = {id(each): each for each in held if times[id(each)] > 1}
        layers = [each for each in again.values() if shares_on_purpose(self._observed(each, put_by, own)) is No]
        if not layers:
            return None
        return RepeatedLayers(site=site, container=container, layers=tuple(map(self._layers.layer, layers)))

    def _observed(self, layer: Module, put_by: tuple[Spot, ...], own: set[int]) -> RepeatedLayer:
        built_by = self._layers.built_by(layer)
        places = tuple(place_of(spots) for spots in (built_by, put_by) if spots)
        return RepeatedLayer(names_of_result(built_by), places, has_own_place=not self._parents[id(layer)] <= own)
