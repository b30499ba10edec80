"""Emits the losses that models are trained with."""

from __future__ import annotations

from torchlint.facts.loss import LossCall, TrainedLoss
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.losses.terms import TrainedTerms
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.occurrences.training import LossCompared
from torchlint.source.paper.python.machine import Machine


class TrainedLosses(Detector):
    """Losses of torch by their numbers."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._trained = self.share(TrainedTerms)
        self._made: dict[int, tuple[LossCall, ...]] = {}

    @listens
    def collect_loss(self, compared: LossCompared) -> None:
        """Remember a loss that is computed."""
        if compared.calls:
            self._made[compared.made.number] = compared.calls

    @listens
    def emit_losses(self, _: ProjectEnded) -> None:
        """Tell of the losses that train."""
        for number, calls in self._made.items():
            if number in self._trained:
                for call in calls:
                    self.emit(TrainedLoss(site=call.site, via=call.via, call=call), number, call)
