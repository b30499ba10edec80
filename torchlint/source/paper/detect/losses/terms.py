"""Which losses models are trained with: those of which gradients are taken."""

from __future__ import annotations

from collections.abc import Iterable

from torchlint.source.paper.detect.detector import Analysis, listens
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Value, options
from torchlint.source.paper.models.tensors.graphs import terms_of
from torchlint.source.paper.occurrences.training import BackwardRan, LossReturned
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.containers import values_in


class TrainedTerms(Analysis):
    """The numbers of all losses of which gradients are taken, alone or in a sum."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._numbers: set[int] = set()

    def __contains__(self, loss: int) -> bool:
        return loss in self._numbers

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
                self._numbers |= terms_of(each)
