"""Detects layers that are built while a model runs, and whether they are built once and kept."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.layer import LayerBuild
from torchlint.facts.site import Site
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.values import Kind, Thing, options
from torchlint.source.paper.models.layers import layer_of
from torchlint.source.paper.python.machine import Frame, Machine
from torchlint.source.paper.python.occurrences import Built, ProjectEnded
from torchlint.source.paper.state.cells import ATTRIBUTE
from torchlint.source.paper.state.containers import values_in
from torchlint.source.paper.state.objects import parents_of


@dataclass(frozen=True, slots=True)
class LayerBirth:
    """A layer built at a place while the `forward` of `owner` runs; `guarded` when not every run comes there."""

    made: Thing
    site: Site
    owner: Thing
    guarded: bool


class BuiltInForward(Detector):
    """Layers that `forward`, or a method that it calls, builds; not those that such a layer builds itself."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._births: list[LayerBirth] = []

    @listens
    def collect_birth(self, built: Built) -> None:
        """Remember a layer that is built on the way of a model's output."""
        made, frames = built.made, self.machine.frames
        if made.kind is not Kind.LAYER or made.site is None:
            return
        for index in range(len(frames) - 1, -1, -1):
            frame = frames[index]
            # What a decorator may keep is built once, as far as anybody knows.
            if frame.function == "__init__" or (frame.may_be_kept and frame.function != "forward"):
                return
            owner = frame.receiver
            if frame.function == "forward" and isinstance(owner, Thing) and owner.kind is Kind.LAYER:
                birth = LayerBirth(made, made.site, owner, self._is_guarded(frames[index:]))
                self._births.append(birth)
                if not birth.guarded:
                    self.machine.architecture.built_anew.add(made.number)
                return

    def _is_guarded(self, frames: list[Frame]) -> bool:
        # An early return guards what follows it as an `if` does.
        return self.machine.inside_branches > frames[0].inside_branches or any(
            frame.returns or frame.passed_exit for frame in frames
        )

    @listens
    def emit_births(self, _: ProjectEnded) -> None:
        """Tell which layers were built while a model ran."""
        for birth in self._births:
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
        for name in self.machine.attribute_names.get(owner.number, ()):
            for value in options(self.machine.state.get(ATTRIBUTE, owner.number, name)):
                if any(each is made for each in values_in(self.machine.state, value)):
                    return True
        return False
