"""Finds functions that test a model on all data at once, in no loop, as graphs and small data sets are tested."""

from __future__ import annotations

from torchlint.facts.answer import Unknown, Yes
from torchlint.facts.event import Forward, LossComputed
from torchlint.intent.evaluation import is_named_for_it
from torchlint.intent.sanity_checks import DrawnBatch, is_sanity_check
from torchlint.source.paper.detect.detector import listens
from torchlint.source.paper.detect.loops.evaluating import EvaluationFinder, hands_graph_on, may_evaluate, may_train
from torchlint.source.paper.detect.loops.traces import outside_loops
from torchlint.source.paper.detect.surroundings import function_of, is_in_unit_tests, place_of
from torchlint.source.paper.occurrences.program import FunctionRan


class FullBatchEvaluations(EvaluationFinder):
    """Functions named for evaluation that measure the loss of a model, outside any loop over batches."""

    @listens
    def find_test(self, ran: FunctionRan) -> None:
        """Tell of a function that tests a model on all data.

        Nobody knows who calls a function that nothing in the project calls; and a function that hands its graph on, or
        keeps it on an object, may be a part of a training step.
        """
        frame = self.machine.frame
        if frame.drawn is not None or not self.machine.via or not is_named_for_it(function_of(frame)):
            return
        if not may_evaluate(self.machine) or is_in_unit_tests(frame.module):
            return
        if is_sanity_check(DrawnBatch(place_of(self.machine))) is Yes:
            return
        if any(loop.loader is not None for loop in self.machine.loops):
            return
        found = outside_loops(ran.nodes)
        if not any(isinstance(event, LossComputed) for event in found) or any(map(may_train, found)):
            return
        forwards = tuple(event for event in found if isinstance(event, Forward) and event.on_data in (Yes, Unknown))
        if forwards and not hands_graph_on(self.machine):
            self.emit_evaluation(forwards, forwards[0].site)
