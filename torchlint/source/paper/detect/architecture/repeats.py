"""Detects containers that hold one layer several times where as many layers were meant."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from torchlint.facts.answer import No
from torchlint.facts.layer import RepeatedLayers
from torchlint.facts.site import Site
from torchlint.intent.place import Place
from torchlint.intent.sharing import RepeatedLayer, shares_on_purpose
from torchlint.source.paper.detect.architecture.members import Modules, layers_in
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.surroundings import place_of
from torchlint.source.paper.domain.values import Many, Table, Thing, Value
from torchlint.source.paper.models.torch.layers import layer_of
from torchlint.source.paper.occurrences.layers import LayerRepeated, LayersAdded
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.objects import parents_of


@dataclass(frozen=True, slots=True)
class Repetition:
    """Layers that a container, or a list kept on the module `holder`, holds several times."""

    layers: tuple[Thing, ...]
    holder: Thing
    container: str
    site: Site
    via: tuple[Site, ...]


class LayersHeldTwice(Detector):
    """Layers that the program puts into one container over and over, unless they are shared on purpose.

    `_around` is what a layer is called where it is put somewhere again, and what stands around, by its number.
    """

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._modules = self.share(Modules)
        self._around: dict[int, tuple[frozenset[str], Place]] = {}
        self._repetitions: list[Repetition] = []

    @listens
    def collect_repeated(self, repeated: LayerRepeated) -> None:
        """Remember a layer that is put somewhere over and over, and what stands around."""
        layer = repeated.layer
        self._around[layer.number] = self.machine.names_of(layer), place_of(self.machine)

    @listens
    def collect_added(self, added: LayersAdded) -> None:
        """Remember a container that is given one layer several times."""
        container = added.container
        if container.site is not None:
            self._collect(container.last, container, added.given, container.site, container.via)

    def _collect(self, name: str, holder: Thing, held: tuple[Value, ...], site: Site, via: tuple[Site, ...]) -> None:
        if not self._around:
            return
        times = Counter(each.number for each in held)
        again = {each.number: each for each in held if isinstance(each, Thing) and times[each.number] > 1}
        layers = tuple(layer for number, layer in again.items() if number in self._around)
        if layers:
            self._repetitions.append(Repetition(layers, holder, name, site, via))

    @listens
    def emit_repeated(self, _: ProjectEnded) -> None:
        """Tell which containers, and which lists that are kept on a module, hold one layer several times."""
        for module, member in self._modules.members():
            if isinstance(member.value, (Many, Table)):
                held = tuple(layer for layer, _ in layers_in(self.machine, member.value))
                self._collect("list", module, held, member.site, member.via)
        for each in self._repetitions:
            own = [layer for layer in each.layers if shares_on_purpose(self._observed(layer, each.holder)) is No]
            if own:
                layers = tuple(layer_of(self.machine, layer) for layer in own)
                fact = RepeatedLayers(site=each.site, via=each.via, container=each.container, layers=layers)
                self.emit(fact, each.holder.number)

    def _observed(self, layer: Thing, holder: Thing) -> RepeatedLayer:
        names, place = self._around[layer.number]
        has_own_place = not parents_of(self.machine.state, layer) <= {holder.number}
        return RepeatedLayer(names, (place,), has_own_place)
