"""Emits the losses that models are trained with."""

from __future__ import annotations

from torchlint.facts.answer import Answer
from torchlint.facts.loss import LossCall, TrainedLoss
from torchlint.knowledge.names import names_size
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.losses.terms import TrainedTerms
from torchlint.source.paper.domain.values import Dimension, Length
from torchlint.source.paper.models.tensors.graphs import terms_of
from torchlint.source.paper.occurrences.calls import LossMultiplied
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.occurrences.training import LossCompared
from torchlint.source.paper.python.machine import Machine
from torchlint.source.written import last_name


class TrainedLosses(Detector):
    """Losses of torch by their numbers."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._trained = self.share(TrainedTerms)
        self._made: dict[int, tuple[LossCall, ...]] = {}
        self._by_size: set[int] = set()

    @listens
    def collect_loss(self, compared: LossCompared) -> None:
        """Remember a loss that is computed."""
        if compared.calls:
            self._made[compared.made.number] = compared.calls

    @listens
    def collect_factors(self, multiplied: LossMultiplied) -> None:
        """Remember a loss that is multiplied by a number of classes, samples or elements."""
        if any(
            isinstance(each, (Length, Dimension)) or names_size(last_name(text)) for each, text in multiplied.factors
        ):
            self._by_size |= terms_of(multiplied.loss)

    @listens
    def emit_losses(self, _: ProjectEnded) -> None:
        """Tell of the losses that train."""
        for number, calls in self._made.items():
            if number in self._trained:
                for call in calls:
                    by_size = Answer.of(number in self._by_size)
                    self.emit(TrainedLoss(site=call.site, via=call.via, call=call, by_size=by_size), number, call)
