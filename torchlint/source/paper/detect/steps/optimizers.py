"""Detects optimizers that are built anew in a loop, or too early to hold what was put into the model afterwards."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import Step
from torchlint.facts.layer import UnheldParameters
from torchlint.facts.site import Site
from torchlint.facts.subject import Subject
from torchlint.knowledge.names import repeats_by_name
from torchlint.source.paper.detect.architecture.building import birth_of
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.values import Kind, Thing, options
from torchlint.source.paper.models.layers import layer_of
from torchlint.source.paper.models.subjects import subject_of
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.python.occurrences import (
    Built,
    MemberAssigned,
    MethodCalled,
    OptimizerBuilt,
    ProjectEnded,
    WeightsSet,
)
from torchlint.source.paper.state.cells import GROUPS
from torchlint.source.paper.state.objects import inside

RESETS_WEIGHTS = ("reset_parameters", "init_weights", "reset_weights")


@dataclass(frozen=True, slots=True)
class Building:
    """One time that a call built an optimizer: the loops around it, and how often weights had been set by then."""

    optimizer: Thing
    loops: tuple[int, ...]
    weights_set: int


class RebuiltOptimizers(Detector):
    """Every optimizer, and whether the next turn of a loop throws it away, with what it knows, for another like it."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._buildings: dict[object, Building] = {}
        self._stepped: dict[int, int] = {}
        self._weights_set = 0

    @listens
    def count_weights(self, _: WeightsSet) -> None:
        """A model may be another from here on."""
        self._weights_set += 1

    @listens
    def count_reset(self, called: MethodCalled) -> None:
        """A model begins anew where its weights are drawn again."""
        self._weights_set += called.name in RESETS_WEIGHTS

    @listens
    def collect_step(self, step: Step) -> None:
        """Remember in how many loops an optimizer steps."""
        self._stepped[step.optimizer] = len(self.machine.loops)

    @listens
    def emit_building(self, built: OptimizerBuilt) -> None:
        """Tell of an optimizer, and whether it replaces what the same call had built before."""
        made, event, machine = built.made, built.event, self.machine
        occasion = (event.site, event.via, tuple(machine.unrolled))
        before = self._buildings.get(occasion)
        self._buildings[occasion] = Building(made, tuple(loop.number for loop in machine.loops), self._weights_set)
        if not machine.forward_depth:
            self.emit(replace(event, again=No if before is None else self._again(before, made)))

    def _again(self, before: Building, made: Thing) -> Answer:
        """Whether the optimizer that is thrown away had stepped, in the loop whose next turn builds it anew."""
        loops, state = self.machine.loops, self.machine.state
        held = state.get(GROUPS, made.number)
        changed = state.get(GROUPS, before.optimizer.number) != held or self._weights_set != before.weights_set
        if changed or held.open:
            return No
        loop = next((each for each in reversed(loops) if each.number in before.loops), None)
        depth = self._stepped.get(before.optimizer.number)
        if loop is None or depth is None:
            return No
        inner = depth - loops.index(loop) - 1
        if self.machine.branches > loop.branches or inner > 1 or any(map(repeats_by_name, loop.variables)):
            return Unknown
        return Yes


@dataclass(slots=True)
class LateLayer:
    """A layer that was put into a model after an optimizer had been built for that model."""

    site: Site
    via: tuple[Site, ...]
    name: str
    layer: Thing
    optimizer: Thing
    trained: bool = False


class UnheldLayers(Detector):
    """Layers that an optimizer trains around, for it was built before they were put into the model."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._optimizers: list[Thing] = []
        self._late: list[LateLayer] = []
        self._built_anew: set[int] = set()

    @listens
    def collect_optimizer(self, built: OptimizerBuilt) -> None:
        """Remember an optimizer."""
        self._optimizers.append(built.made)

    @listens
    def collect_birth(self, built: Built) -> None:
        """Remember a layer that every run of a `forward` builds anew."""
        birth = birth_of(self.machine, built.made)
        if birth is not None and not birth.guarded:
            self._built_anew.add(built.made.number)

    @listens
    def collect_late(self, assigned: MemberAssigned) -> None:
        """Remember a layer that is put into a model: an optimizer that was built for it before does not know it."""
        owner, machine = assigned.owner, self.machine
        if machine.forward_depth and assigned.name in machine.children_of(owner):
            return  # An earlier pass built it; under a guard that is not known here, this one keeps that.
        for layer in options(assigned.value) if self._optimizers else ():
            if not isinstance(layer, Thing) or layer.kind is not Kind.LAYER:
                continue
            for optimizer in self._optimizers:
                group = machine.state.get(GROUPS, optimizer.number)
                held = group.concerns(subject_of(machine.state, owner))
                if held is Yes and not group.open and optimizer.number < min(inside(machine.state, layer)):
                    place, via = assigned.site, tuple(machine.via)
                    self._late.append(LateLayer(place, via, assigned.name, layer, optimizer))

    @listens
    def collect_step(self, step: Step) -> None:
        """What an optimizer does not hold stays as it is when it steps, though its model has it by now."""
        for late in self._late:
            late.trained = late.trained or late.optimizer.number == step.optimizer

    @listens
    def emit_late(self, _: ProjectEnded) -> None:
        """Tell of layers that were trained around, and whether any optimizer holds them."""
        for late in self._late:
            if not late.trained or late.layer.number in self._built_anew:
                continue  # What each pass builds anew no optimizer could hold: that is told of where it is built.
            subject = subject_of(self.machine.state, late.layer)
            self.emit(
                UnheldParameters(
                    site=late.site,
                    via=late.via,
                    name=late.name,
                    trainable=layer_of(self.machine, late.layer).parameters,
                    held=Answer.of(any(self._holds(optimizer, late, subject) for optimizer in self._optimizers)),
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
