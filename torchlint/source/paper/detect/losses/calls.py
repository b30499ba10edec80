"""Emits the losses that are computed: what is compared with what."""

from __future__ import annotations

from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.python.occurrences import LossCalled


class LossCalls(Detector):
    """Every loss of a prediction and a target that torch has a class for."""

    @listens
    def emit_loss(self, called: LossCalled) -> None:
        """A loss is computed."""
        self.emit(called.call, called.call.loss)
