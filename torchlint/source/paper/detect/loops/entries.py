"""Detects how training loops are reached, and whether torch was seeded on the way."""

from __future__ import annotations

from torchlint.facts.answer import No, Unknown
from torchlint.facts.event import Step
from torchlint.facts.run import TrainingEntry
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.loops.traces import is_training_loop
from torchlint.source.paper.occurrences.program import LoopRan
from torchlint.source.paper.state.cells import SEEDED


class TrainingEntries(Detector):
    """Training loops as they are reached. Who calls a function of a library, and after what, is not known."""

    @listens
    def emit_entry(self, ran: LoopRan) -> None:
        """Tell whether torch was seeded before a loop that trains."""
        if Step in ran.kinds and is_training_loop(ran):
            seeded = self.machine.state.get(SEEDED)
            if seeded is No and not self.machine.modules.mains:
                seeded = Unknown
            self.emit(TrainingEntry(site=ran.loop.site, via=tuple(self.machine.via), seeded=seeded))
