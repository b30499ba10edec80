"""Emits the events of a run that rules judge one by one, wherever they happen."""

from __future__ import annotations

from torchlint.facts.event import Backward, SwitchMode
from torchlint.source.paper.detect.detector import Detector, listens


class ModeSwitches(Detector):
    """Every `train()` and `eval()`."""

    @listens
    def emit_switch(self, switch: SwitchMode) -> None:
        """A model is put into a mode."""
        self.emit(switch)


class BackwardCalls(Detector):
    """Every backward, but for those that a model's `forward` runs."""

    @listens
    def emit_backward(self, backward: Backward) -> None:
        """Gradients are computed."""
        if not self.machine.place.forward_depth:
            self.emit(backward)
