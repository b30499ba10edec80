"""Emits the evaluations that are found."""

from __future__ import annotations

from torchlint.facts.run import Evaluation
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.loops.finders import EVALUATION_FINDERS
from torchlint.source.paper.occurrences.training import Evaluated
from torchlint.source.paper.python.machine import Machine


class Evaluations(Detector):
    """Loops that evaluate, and functions that evaluate one batch or all data at once."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.share_all(EVALUATION_FINDERS)

    @listens
    def emit_evaluation(self, evaluated: Evaluated) -> None:
        """An evaluation was found."""
        via = tuple(self.machine.via)
        self.emit(Evaluation(site=evaluated.site, via=via, forwards=evaluated.forwards))
