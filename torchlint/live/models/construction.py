"""What is built in `forward`: layers that live for one pass, and dropout that no mode switches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import ref

from torchlint.facts.answer import Answer, Unknown
from torchlint.facts.layer import DropoutCall, DropoutForm, Layer, LayerBuild
from torchlint.facts.site import Site
from torchlint.knowledge.layers import DROPOUTS
from torchlint.live.objects.identity import WeakMap
from torchlint.live.objects.layers import Layers
from torchlint.live.stream.places import Here, innermost
from torchlint.live.text.constructions import takes_weights
from torchlint.live.text.spots import Spot
from torchlint.live.text.surroundings import is_bound_to_mode

if TYPE_CHECKING:
    from torch.nn import Module


@dataclass(slots=True)
class _Build:
    """A place that builds layers in a model: the one that was run last, and whether one of them is gone by now.

    `filled` says that its weights are written by hand: a filter, or the weights of another layer.
    """

    owner: str
    layer: Layer
    filled: bool
    model: ref[Module]
    latest: ref[Module]
    gone: bool = False


class Construction:
    """Follows the layers that are built inside a running model."""

    def __init__(self, layers: Layers) -> None:
        self._layers = layers
        self._new: WeakMap[str] = WeakMap()
        self._builds: dict[Site, _Build] = {}
        self._dropouts: dict[tuple[Spot, DropoutForm], DropoutCall] = {}

    def built(self, module: Module, owner: Module | None) -> None:
        """A module is about to be built while another one runs."""
        self._new[module] = type(owner).__name__ if owner is not None else ""

    def run(self, module: Module, around: list[ref[Module]], here: Here) -> None:
        """A module is run inside others; parts of what was built there belong to the whole."""
        owner = self._new.get(module)
        if owner is None or any(self._is_new(each()) for each in around):
            return
        outermost = around[0]()
        if type(module).__name__ in DROPOUTS:
            if outermost is not None and all(each is not module for each in outermost.modules()):
                self.dropout(type(module).__name__, DropoutForm.LAYER, here)
            return
        built_by = self._layers.built_by(module)
        if outermost is not None and self._layers.is_named(module) and next(module.parameters(), None) is not None:
            self._run(module, outermost, owner, built_by[-1])

    def _run(self, module: Module, model: Module, owner: str, spot: Spot) -> None:
        build = self._builds.get(spot.site)
        if build is None:
            layer, filled = self._layers.layer(module), _is_filled(spot, module)
            self._builds[spot.site] = _Build(owner, layer, filled, ref(model), ref(module))
            return
        # With another model, the layers of the one before may be gone as well.
        build.gone = build.gone or (build.model() is model and build.latest() is None)
        build.model, build.latest = ref(model), ref(module)

    def over(self, model: Module) -> None:
        """The outermost model has run: what it did not keep is gone."""
        for build in self._builds.values():
            build.gone = build.gone or (build.model() is model and build.latest() is None)

    def _is_new(self, module: Module | None) -> bool:
        return module is not None and module in self._new

    def dropout(self, name: str, form: DropoutForm, here: Here) -> None:
        """Dropout is applied, as a function without its mode or as a layer built on the spot."""
        spot = innermost(here.chain)
        if spot is None:
            return
        bound = Answer.of(is_bound_to_mode(spot))
        fact = DropoutCall(site=spot.site, via=here.via, name=name, form=form, bound_to_mode=bound)
        self._dropouts.setdefault((spot, form), fact)

    def facts(self) -> Iterable[DropoutCall | LayerBuild]:
        """What was found so far."""
        yield from self._dropouts.values()
        for site, build in self._builds.items():
            kept = Unknown if build.filled else Answer.of(not build.gone)
            yield LayerBuild(site=site, owner=build.owner, layer=build.layer, kept=kept)


def _is_filled(spot: Spot, module: Module) -> bool:
    """Whether a layer is frozen, or its place's function takes hold of its weights."""
    return not any(each.requires_grad for each in module.parameters()) or takes_weights(spot)
