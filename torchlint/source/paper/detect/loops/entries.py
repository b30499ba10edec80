"""Detects how training loops are reached, and whether torch was seeded on the way."""

from __future__ import annotations

from torchlint.facts.answer import No, Unknown
from torchlint.facts.event import Step
from torchlint.facts.run import TrainingEntry
from torchlint.facts.site import Site
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.loops.traces import is_training_loop
from torchlint.source.paper.domain.values import Kind
from torchlint.source.paper.occurrences.layers import Built
from torchlint.source.paper.occurrences.program import EntryEnded, LoopRan, ProcessesStarted
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import SEEDED


class TrainingEntries(Detector):
    """Training loops as they are reached. Who calls a function of a library, and after what, is not known."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._first: Site | None = None
        self._has_model = False
        self._launches: set[Site] = set()

    @listens
    def collect_launch(self, started: ProcessesStarted) -> None:
        """What is seeded before other processes start is seeded in none of them."""
        self._launches.add(started.site)

    @listens
    def collect_model(self, built: Built) -> None:
        """Remember where the first model of a program is built, unless a condition or a loop decides."""
        if self._has_model or built.made.kind is not Kind.LAYER:
            return
        self._has_model = True
        machine = self.machine
        branches, loops = machine.place.branches, len(machine.loops)
        if len(machine.frames) > 1:  # The script itself calls a function, in which it is built.
            called = machine.frames[1]
            branches, loops = called.inside_branches - called.nesting, called.loops_around
        place = machine.via[0] if machine.via else built.made.site
        if not branches and not loops and self._launches.isdisjoint(machine.via):
            self._first = place

    @listens
    def end_entry(self, _: EntryEnded) -> None:
        """The next program has models of its own."""
        self._first, self._has_model = None, False

    @listens
    def emit_entry(self, ran: LoopRan) -> None:
        """Tell whether torch was seeded before a loop that trains."""
        if Step in ran.kinds and is_training_loop(ran):
            seeded = self.machine.state.get(SEEDED)
            if seeded is No and not self.machine.modules.mains:
                seeded = Unknown
            self.emit(TrainingEntry(site=ran.loop.site, via=tuple(self.machine.via), seeded=seeded, first=self._first))
