"""Emits the losses that are computed: what is compared with what."""

from __future__ import annotations

from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.occurrences.training import LossCompared


class LossCalls(Detector):
    """Every loss of a prediction and a target that torch has a class for."""

    @listens
    def emit_loss(self, compared: LossCompared) -> None:
        """A loss is computed."""
        for way, call in enumerate(compared.calls):
            self.emit(call, call.loss, way)
