"""Emits the evaluations that are found."""

from __future__ import annotations

from dataclasses import replace

from torchlint.facts.answer import Answer, Yes
from torchlint.facts.event import Backward, Step
from torchlint.facts.run import Evaluation
from torchlint.facts.site import Site
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.loops.finders import EVALUATION_FINDERS
from torchlint.source.paper.occurrences.program import LoopRan
from torchlint.source.paper.occurrences.training import Evaluated
from torchlint.source.paper.python.machine import Machine


class Evaluations(Detector):
    """Loops that evaluate, and functions that evaluate one batch or all data at once."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.share_all(EVALUATION_FINDERS)
        self._training: set[Site] = set()
        self._emitted: dict[object, Evaluation] = {}

    @listens
    def emit_evaluation(self, evaluated: Evaluated) -> None:
        """An evaluation was found."""
        evaluation = Evaluation(
            site=evaluated.site,
            via=tuple(self.machine.via),
            forwards=evaluated.forwards,
            also_trains=Answer.of(evaluated.site in self._training),
        )
        self._emitted[self.emit(evaluation)] = evaluation

    @listens
    def collect_training(self, ran: LoopRan) -> None:
        """Remember a loop that trains: what it evaluates when it is reached in another way is not all that it does."""
        site = ran.loop.site
        if site in self._training or ran.kinds.isdisjoint((Backward, Step)):
            return
        self._training.add(site)
        for occasion, evaluation in self._emitted.items():
            if evaluation.site == site:
                self.revise(occasion, replace(evaluation, also_trains=Yes))
