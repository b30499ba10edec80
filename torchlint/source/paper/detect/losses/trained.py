"""Detects the losses that models are trained with: those of which gradients are taken."""

from __future__ import annotations

from collections.abc import Iterable

from torchlint.facts.loss import LossCall, TrainedLoss
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Value, options
from torchlint.source.paper.models.tensors.graphs import terms_of
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.occurrences.training import BackwardRan, LossCompared, LossReturned
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.containers import values_in


class TrainedLosses(Detector):
    """Losses of torch by their numbers, and the numbers of all losses that were run backward."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._made: dict[int, tuple[LossCall, ...]] = {}
        self._trained: set[int] = set()

    @listens
    def collect_loss(self, compared: LossCompared) -> None:
        """Remember a loss that is computed."""
        if compared.calls:
            self._made[compared.made.number] = compared.calls

    @listens
    def collect_backward(self, ran: BackwardRan) -> None:
        """Gradients are computed of a loss."""
        if ran.loss is not None:
            self._collect((ran.loss,))

    @listens
    def collect_returned(self, handed: LossReturned) -> None:
        """A framework computes gradients of a loss."""
        self._collect(each for held in values_in(self.machine.state, handed.returned) for each in options(held))

    def _collect(self, losses: Iterable[Value]) -> None:
        for each in losses:
            if isinstance(each, TensorValue):
                self._trained |= terms_of(each)

    @listens
    def emit_losses(self, _: ProjectEnded) -> None:
        """Tell of the losses that train."""
        for number, calls in self._made.items():
            if number in self._trained:
                for call in calls:
                    self.emit(TrainedLoss(site=call.site, via=call.via, call=call), number, call)
