"""Finds evaluations: loops that run a model and train nothing, and functions that measure one batch."""

from __future__ import annotations

from collections.abc import Iterable

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import Event, Forward, LossComputed, Step, may_differentiate, may_train_unseen
from torchlint.intent.evaluation import ForwardLoop, evaluates, is_named_for_it
from torchlint.intent.held_out import is_evaluation_data
from torchlint.intent.sanity_checks import DrawnBatch, is_sanity_check
from torchlint.intent.splits import is_named_for_evaluation
from torchlint.source import syntax
from torchlint.source.paper.detect.detector import listens
from torchlint.source.paper.detect.loops.evaluating import EvaluatedCalls, EvaluationFinder, may_evaluate, may_train
from torchlint.source.paper.detect.loops.pieces import data_taken
from torchlint.source.paper.detect.loops.traces import outside_loops
from torchlint.source.paper.detect.surroundings import data_of, function_of, is_in_unit_tests, place_of
from torchlint.source.paper.domain.values import Kind, Thing
from torchlint.source.paper.occurrences.program import FunctionRan, LoopRan
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.frames import Loop
from torchlint.source.paper.state.trace import events


class EvaluationLoops(EvaluationFinder):
    """Loops that evaluate."""

    @listens
    def find_loop(self, ran: LoopRan) -> None:
        """Tell of a loop that runs a model and in which nothing trains or needs gradients, if it evaluates."""
        if Forward not in ran.kinds or Step in ran.kinds or any(map(may_differentiate, ran.events)):
            return
        forwards = on_data(self.machine, ran.loop, ran.events)
        if forwards and self._evaluates(ran, forwards):
            self.emit_evaluation(forwards, ran.loop.site, ran.loop)

    def _evaluates(self, ran: LoopRan, forwards: tuple[Forward, ...]) -> bool:
        if ran.loop.loader is None:
            return may_evaluate(self.machine) and self._goes_through_data(ran.loop, outside_loops(ran.nodes))
        seen = ForwardLoop(
            data_of(self.machine, ran.loop),
            place_of(self.machine),
            in_eval_mode=all(forward.training is No for forward in forwards),
            without_gradients=all(forward.gradients is No for forward in forwards),
            measures=any(isinstance(event, LossComputed) for event in ran.events),
            may_train=any(map(may_train_unseen, ran.events)),
        )
        return evaluates(seen) is Yes

    def _goes_through_data(self, loop: Loop, outside: list[Event]) -> bool:
        """Whether a loop over no loader asks for inputs, or counts its way through data, to evaluate."""
        taken = _data_taken(self.machine, loop, outside)
        if is_named_for_it(function_of(self.machine.frame)):
            return isinstance(loop.statement, syntax.While) or bool(taken) or _measures(self.machine, loop, outside)
        return is_named_for_evaluation(taken)


class EvaluatedBatches(EvaluationFinder):
    """Functions that draw one batch of evaluation data, and only measure or save what comes out."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._evaluated = self.share(EvaluatedCalls).evaluations

    @listens
    def find_batch(self, ran: FunctionRan) -> None:
        """Tell of a function that draws a batch and evaluates a model on it."""
        frame = self.machine.frame
        loader = frame.drawn
        if loader is None or is_in_unit_tests(frame.module):
            return
        found = list(events(ran.nodes))
        if any(may_train(event) for event in found):
            return
        loop = Loop(loader.number, self.machine.site(self.machine.place.line), loader, self.machine.names_of(loader))
        # A loop inside goes over the pieces of the batch, unless it was told of as an evaluation of its own.
        forwards = on_data(self.machine, loop, outside_loops(ran.nodes)) or tuple(
            each for each in on_data(self.machine, loop, found) if each.site not in self._evaluated
        )
        data = data_of(self.machine, loop)
        batch = DrawnBatch(place_of(self.machine), data.names)
        if forwards and is_sanity_check(batch) is No and is_evaluation_data(data):
            self.emit_evaluation(forwards, forwards[0].site)


def on_data(machine: Machine, loop: Loop, found: Iterable[Event]) -> tuple[Forward, ...]:
    """The forward calls on real data: the loader's, or whatever is not made up where the data is named for evaluation.

    What is made of names or words by a function that nobody read is no tensor of the loader's, and comes from it all
    the same; so does what a dataset gives for each of its numbers.
    """
    counts = isinstance(loop.loader, Thing) and loop.loader.kind is Kind.DATASET
    enough: tuple[Answer, ...] = (Yes,)
    if loop.loader is None or counts or is_evaluation_data(data_of(machine, loop)):
        enough = (Yes, Unknown)
    return tuple(event for event in found if isinstance(event, Forward) and event.on_data in enough)


def _measures(machine: Machine, loop: Loop, found: list[Event]) -> bool:
    """Whether a loop that counts its way through data computes a loss of what the model makes of each piece."""
    return bool(on_data(machine, loop, found)) and any(isinstance(event, LossComputed) for event in found)


def _data_taken(machine: Machine, loop: Loop, found: list[Event]) -> set[str]:
    """The names of the data of which a loop that counts gives a model one piece after another."""
    if loop.counting is None:
        return set()
    written = {name for each in on_data(machine, loop, found) for name in data_taken(loop.counting, each.site)}
    held = (machine.lookup(name) for name in written)
    return written.union(*(machine.names_of(each) for each in held if each is not None))
