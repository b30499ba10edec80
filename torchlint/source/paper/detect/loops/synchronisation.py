"""Detects calls that make the host wait for the device in every iteration of training."""

from __future__ import annotations

from torchlint.facts.event import Step
from torchlint.facts.hygiene import Synchronisation
from torchlint.facts.loss import Origin
from torchlint.facts.site import Site
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.loops.traces import is_training_loop
from torchlint.source.paper.occurrences.calls import TensorFetched
from torchlint.source.paper.occurrences.program import LoopRan
from torchlint.source.paper.python.machine import Machine


class Synchronisations(Detector):
    """Calls that read what was computed on the device, by the number of the loop that makes them."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._calls: dict[int, dict[Site, str]] = {}

    @listens
    def collect_read(self, read: TensorFetched) -> None:
        """Remember a call that every iteration of the innermost loop makes."""
        if read.tensor.origin not in (Origin.LOSS, Origin.OUTPUT) or self.machine.place.forward_depth:
            return
        # Under a condition it may happen seldom, and `branches` counts the branches that are open.
        loop = self.machine.loops[-1] if self.machine.loops else None
        if loop is None or self.machine.place.branches != loop.branches:
            return
        calls = self._calls.setdefault(loop.number, {})
        if all((read.site.file, read.site.line) != (known.file, known.line) for known in calls):
            calls[read.site] = read.call

    @listens
    def emit_calls(self, ran: LoopRan) -> None:
        """Tell of the calls in a loop that trains."""
        if Step in ran.kinds and is_training_loop(ran):
            for site, call in self._calls.get(ran.loop.number, {}).items():
                self.emit(Synchronisation(site=site, via=tuple(self.machine.via), call=call))
