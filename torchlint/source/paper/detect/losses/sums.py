"""Detects losses that are kept, with their graph, from one iteration to the next: running sums and lists."""

from __future__ import annotations

from dataclasses import replace

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import Accumulate, Backward, Step
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.loops.finders import EVALUATION_FINDERS
from torchlint.source.paper.domain.tensor import SumKey, TensorValue
from torchlint.source.paper.domain.values import options
from torchlint.source.paper.models.tensors.graphs import terms_of
from torchlint.source.paper.occurrences.calls import CallUnread
from torchlint.source.paper.occurrences.program import LoopRan, ProjectEnded
from torchlint.source.paper.occurrences.training import Accumulated, BackwardRan, Evaluated
from torchlint.source.paper.python.machine import Machine


class KeptLosses(Detector):
    """Losses that are added to what a loop carries on.

    `_backward` and `_summed` are the losses and the sums that were run backward, `_escaped` the sums that a call took
    which was not read. `_across` are the loops in which a sum is no loss to be trained on: they step, or evaluate.
    """

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.share_all(EVALUATION_FINDERS)
        self._kept: dict[Accumulate, Accumulated] = {}
        self._backward: set[int] = set()
        self._summed: set[SumKey] = set()
        self._escaped: set[SumKey] = set()
        self._across: set[int] = set()

    @listens
    def collect_sum(self, accumulated: Accumulated) -> None:
        """Remember a loss that is added to a sum."""
        self._kept[accumulated.event] = accumulated

    @listens
    def collect_loop(self, ran: LoopRan) -> None:
        """Remember a loop that steps with what it sums."""
        if Backward in ran.kinds and Step in ran.kinds:
            self._across.add(ran.loop.number)

    @listens
    def collect_evaluated(self, evaluated: Evaluated) -> None:
        """Remember a loop that evaluates."""
        if evaluated.loop is not None:
            self._across.add(evaluated.loop.number)

    @listens
    def collect_backward(self, ran: BackwardRan) -> None:
        """Remember which losses and sums were run backward."""
        if ran.loss is not None:
            self._backward |= terms_of(ran.loss)
            self._summed |= ran.loss.sums
            if ran.loss.cut is not None:
                self._summed |= ran.loss.cut.sums  # That it was cut off is told where it is run backward.

    @listens
    def collect_unread(self, unread: CallUnread) -> None:
        """Remember which sums may have been run backward where nobody could look."""
        for argument in unread.arguments:
            for each in options(argument):
                if isinstance(each, TensorValue):
                    self._escaped |= each.sums

    @listens
    def emit_losses(self, _: ProjectEnded) -> None:
        """Tell of the losses that were kept with their graph."""
        for kept in self._kept.values():
            freed = kept.terms <= self._backward
            if freed or (kept.is_loss and kept.key[1] in self._across):
                event = replace(kept.event, freed=Answer.of(freed), summed=self._is_summed(kept, freed=freed))
                self.emit(event, kept.key)

    def _is_summed(self, kept: Accumulated, *, freed: bool) -> Answer:
        if kept.key in self._summed:
            return Yes
        return Unknown if not freed and kept.key in self._escaped else No
