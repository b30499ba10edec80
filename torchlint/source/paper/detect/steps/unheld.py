"""Detects layers that no optimizer holds, for it was built before they were put into the model."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, Yes
from torchlint.facts.event import Step
from torchlint.facts.layer import UnheldParameters
from torchlint.facts.site import Site
from torchlint.facts.subject import Subject
from torchlint.source.paper.detect.architecture.building import LayerBirths
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.steps.optimizers import Optimizers
from torchlint.source.paper.domain.values import Kind, Thing, options
from torchlint.source.paper.models.torch.layers import layer_of
from torchlint.source.paper.models.torch.subjects import subject_of
from torchlint.source.paper.occurrences.layers import MemberAssigned
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import GROUPS
from torchlint.source.paper.state.objects import inside, shown_name


@dataclass(slots=True)
class LateLayer:
    """A layer that a program put into a model after an optimizer had been built for that model."""

    site: Site
    via: tuple[Site, ...]
    program: int
    model: Subject
    name: str
    layer: Thing
    optimizer: Thing
    trained: bool = False


class UnheldLayers(Detector):
    """Layers that an optimizer trains around, for it was built before they were put into the model."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._optimizers = self.share(Optimizers)
        self._births = self.share(LayerBirths)
        self._late: list[LateLayer] = []

    @listens
    def collect_late(self, assigned: MemberAssigned) -> None:
        """Remember a layer that is put into a model: an optimizer that was built for it before does not know it."""
        owner, machine = assigned.owner, self.machine
        if machine.place.forward_depth and assigned.name in machine.children_of(owner):
            return  # An earlier pass built it; under a guard that is not known here, this one keeps that.
        for layer in options(assigned.value) if self._optimizers.built else ():
            if not isinstance(layer, Thing) or layer.kind is not Kind.LAYER:
                continue
            model = subject_of(machine.state, owner)
            for optimizer in self._optimizers.built:
                group = machine.state.get(GROUPS, optimizer.number)
                held = group.concerns(model)
                if held is Yes and not group.open and optimizer.number < min(inside(machine.state, layer)):
                    place, via, program = assigned.site, tuple(machine.via), machine.budget.entry
                    self._late.append(LateLayer(place, via, program, model, assigned.name, layer, optimizer))

    @listens
    def collect_step(self, step: Step) -> None:
        """What an optimizer does not hold stays as it is when it steps, though its model has it by now."""
        for late in self._late:
            late.trained = late.trained or late.optimizer.number == step.optimizer

    @listens
    def emit_late(self, _: ProjectEnded) -> None:
        """Tell of layers that were trained around, and whether any optimizer holds them."""
        anew = {birth.made.number for birth in self._births.found if not birth.guarded}
        for late in self._late:
            if not late.trained or late.layer.number in anew:
                continue  # What each pass builds anew no optimizer could hold: that is told of where it is built.
            subject = subject_of(self.machine.state, late.layer)
            others = self._optimizers.that_may_hold(late.model, late.program)
            self.emit(
                UnheldParameters(
                    site=late.site,
                    via=late.via,
                    name=shown_name(late.name),
                    trainable=layer_of(self.machine, late.layer).parameters,
                    held=Answer.of(any(self._holds(optimizer, late, subject) for optimizer in others)),
                    optimizer=late.optimizer.site,
                ),
                late.layer.number,
            )

    def _holds(self, optimizer: Thing, late: LateLayer, subject: Subject) -> bool:
        """Whether an optimizer was given the layer itself, or its model after the layer was in it."""
        group = self.machine.state.get(GROUPS, optimizer.number)
        if subject.own & group.own or group.open:
            return True
        return optimizer.number > late.layer.number and group.concerns(subject) is Yes
