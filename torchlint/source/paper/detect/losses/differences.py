"""Detects losses that are written by hand, as a difference of a prediction and a target."""

from __future__ import annotations

from torchlint.facts.loss import Difference
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.losses.terms import TrainedTerms
from torchlint.source.paper.models.tensors.operations import fact_of
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.occurrences.training import DifferenceTaken
from torchlint.source.paper.python.machine import Machine


class Differences(Detector):
    """Differences by their numbers."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._trained = self.share(TrainedTerms)
        self._taken: dict[int, Difference] = {}

    @listens
    def collect_difference(self, taken: DifferenceTaken) -> None:
        """Remember a difference."""
        self.remember()
        self._taken[taken.made] = Difference(
            site=taken.site,
            via=tuple(self.machine.via),
            prediction=fact_of(taken.prediction),
            target=fact_of(taken.target),
        )

    @listens
    def emit_differences(self, _: ProjectEnded) -> None:
        """Tell of those that train."""
        for number, difference in self._taken.items():
            if number in self._trained:
                self.emit(difference, number)
