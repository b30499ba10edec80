"""Detects layers that are built while a model runs, and whether they are built once and kept."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.layer import LayerBuild
from torchlint.source.paper.detect.architecture.building import LayerBirth, LayerBirths
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.values import Thing, options
from torchlint.source.paper.models.torch.layers import layer_of
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import ATTRIBUTE
from torchlint.source.paper.state.containers import values_in
from torchlint.source.paper.state.objects import parents_of


class BuiltInForward(Detector):
    """Layers that `forward`, or a method that it calls, builds; not those that such a layer builds itself."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._births = self.share(LayerBirths)

    @listens
    def emit_births(self, _: ProjectEnded) -> None:
        """Tell which layers were built while a model ran."""
        for birth in self._births.found:
            self.emit(
                LayerBuild(
                    site=birth.site,
                    via=birth.made.via,
                    owner=birth.owner.last,
                    layer=layer_of(self.machine, birth.made),
                    kept=self._is_kept(birth),
                ),
                birth.made.number,
            )

    def _is_kept(self, birth: LayerBirth) -> Answer:
        if self._is_written_to(birth.made):
            return Unknown  # Its weights are given to it: a filter, or the weights of another layer.
        if parents_of(self.machine.state, birth.made) or self._is_held(birth.owner, birth.made):
            return Yes if birth.guarded else No
        return No

    def _is_written_to(self, made: Thing) -> bool:
        """Whether its parameters were taken hold of after it was built."""
        return any(self.machine.was_touched(made, name) for name in ("weight", "bias"))

    def _is_held(self, owner: Thing, made: Thing) -> bool:
        for name in self.machine.objects.attribute_names.get(owner.number, ()):
            for value in options(self.machine.state.get(ATTRIBUTE, owner.number, name)):
                if any(each is made for each in values_in(self.machine.state, value)):
                    return True
        return False
