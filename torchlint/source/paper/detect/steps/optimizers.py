"""The optimizers that were built."""

from __future__ import annotations

from torchlint.source.paper.detect.detector import Analysis, listens
from torchlint.source.paper.domain.values import Thing
from torchlint.source.paper.occurrences.training import OptimizerBuilt
from torchlint.source.paper.python.machine import Machine


class Optimizers(Analysis):
    """Optimizers of a library, in the order in which they were built."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.built: list[Thing] = []

    @listens
    def collect_optimizer(self, built: OptimizerBuilt) -> None:
        """Remember an optimizer."""
        self.built.append(built.made)
