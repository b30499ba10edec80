"""Detects optimizers that each turn of a loop builds anew, so that they forget what they had learnt."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import Step
from torchlint.intent.experiments import Rebuilding, rebuilds_on_purpose
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.surroundings import loop_around
from torchlint.source.paper.domain.values import Thing
from torchlint.source.paper.occurrences.training import OptimizerBuilt, WeightsSet
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import GROUPS


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
    def collect_step(self, step: Step) -> None:
        """Remember in how many loops an optimizer steps."""
        self._stepped[step.optimizer] = len(self.machine.loops)

    @listens
    def emit_building(self, built: OptimizerBuilt) -> None:
        """Tell of an optimizer, and whether it replaces what the same call had built before."""
        made, event, machine = built.made, built.event, self.machine
        occasion = (event.site, event.via, machine.items(), made.dotted)
        before = self._buildings.get(occasion)
        self._buildings[occasion] = Building(made, tuple(loop.number for loop in machine.loops), self._weights_set)
        if not machine.place.forward_depth:
            self.emit(replace(event, again=No if before is None else self._again(before, made)), made.dotted)

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
        conditional = self.machine.place.branches > loop.branches
        rebuilding = Rebuilding(loop_around(loop), conditional, depth - loops.index(loop) - 1)
        return Yes if rebuilds_on_purpose(rebuilding) is No else Unknown
