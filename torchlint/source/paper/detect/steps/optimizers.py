"""The optimizers that were built, and the programs that they are of."""

from __future__ import annotations

from collections import defaultdict

from torchlint.facts.answer import Yes
from torchlint.facts.event import Step
from torchlint.facts.subject import Subject
from torchlint.source.paper.detect.detector import Analysis, listens
from torchlint.source.paper.domain.values import Thing
from torchlint.source.paper.occurrences.training import OptimizerBuilt
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import GROUPS


class Optimizers(Analysis):
    """Optimizers of a library, in the order in which they were built; `stepped_in_loops` are known by their numbers."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.built: list[Thing] = []
        self.stepped_in_loops: set[int] = set()
        self._programs: dict[int, set[int]] = defaultdict(set)

    @listens
    def collect_optimizer(self, built: OptimizerBuilt) -> None:
        """Remember an optimizer."""
        self.built.append(built.made)
        self._programs[built.made.number].add(self.machine.budget.entry)

    @listens
    def collect_step(self, step: Step) -> None:
        """An optimizer is of every program in which it steps."""
        self._programs[step.optimizer].add(self.machine.budget.entry)
        if self.machine.loops:
            self.stepped_in_loops.add(step.optimizer)

    def that_may_hold(self, model: Subject, program: int) -> list[Thing]:
        """The optimizers of a program, and those of others that hold something of the model.

        Of another program's optimizer it may be unknown what it holds: that is no reason to take it for this one's.
        """
        return [each for each in self.built if program in self._programs[each.number] or self._holds(each, model)]

    def _holds(self, optimizer: Thing, model: Subject) -> bool:
        return self.machine.state.get(GROUPS, optimizer.number).concerns(model) is Yes
