"""Finds evaluations by what is done: loops in which a model in eval mode is run, or is measured, and nothing trains."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import No, Yes
from torchlint.facts.event import Forward, LossComputed
from torchlint.facts.loss import Origin
from torchlint.intent.evaluation import is_named_for_it
from torchlint.source.paper.detect.detector import listens
from torchlint.source.paper.detect.loops.evaluating import (
    EvaluatedCalls,
    EvaluationFinder,
    hands_graph_on,
    may_evaluate,
    may_train,
)
from torchlint.source.paper.detect.surroundings import function_of, is_in_unit_tests
from torchlint.source.paper.occurrences.calls import TensorFetched
from torchlint.source.paper.occurrences.program import FunctionRan, LoopRan
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.frames import Loop


@dataclass(frozen=True, slots=True)
class Found:
    """A loop that may be an evaluation, what it runs, and the numbers of the loops around it."""

    loop: Loop
    forwards: tuple[Forward, ...]
    around: frozenset[int]


class MeasuringLoops(EvaluationFinder):
    """Loops that no name tells of, and those that draw their batches by themselves, such as slices of an array.

    A model that was put in eval mode, and is not trained on what it gives there, is evaluated; so is one whose loss is
    measured without gradients. What a function hands on with its graph may be a part of a training step.
    """

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._found: dict[int, list[Found]] = {}
        self._evaluated = self.share(EvaluatedCalls)
        self._measured: set[int] = set()

    @listens
    def collect_measured(self, fetched: TensorFetched) -> None:
        """The number of a loss is asked for."""
        if fetched.tensor.origin is Origin.LOSS:
            self._measured.update(loop.number for loop in self.machine.loops)

    @listens
    def find_loop(self, ran: LoopRan) -> None:
        """Keep a loop that may be an evaluation until it is known what the function around it returns."""
        loop, machine = ran.loop, self.machine
        if Forward not in ran.kinds or loop.is_around_another:
            return
        if any(may_train(event) for event in ran.events):
            return
        forwards = tuple(each for each in ran.events if isinstance(each, Forward) and each.on_data is not No)
        if not forwards or not self._shows_itself(ran, forwards) or _goes_over_no_data(machine, loop, forwards):
            return
        if not may_evaluate(machine) or is_in_unit_tests(machine.frame.module):
            return
        if loop.loader is not None and not machine.frame.function:
            self.emit_evaluation(forwards, loop.site, loop)
            return
        around = frozenset(each.number for each in machine.loops[:-1])
        self._found.setdefault(machine.frame.number, []).append(Found(loop, forwards, around))

    def _shows_itself(self, ran: LoopRan, forwards: tuple[Forward, ...]) -> bool:
        """Whether models are in eval mode, or are measured without gradients; a loader says more of its loop then."""
        if all(each.training is No for each in forwards):
            return True
        measured = ran.loop.number in self._measured or LossComputed in ran.kinds
        return ran.loop.loader is None and measured and all(each.gradients is No for each in forwards)

    @listens
    def end_function(self, _: FunctionRan) -> None:
        """Tell of the outermost loops of a function that hands no graph on, and of none that is told of already."""
        found = self._found.pop(self.machine.frame.number, [])
        numbers = {each.loop.number for each in found}
        outermost = [each for each in found if numbers.isdisjoint(each.around)]
        if not outermost or self.machine.frame.yielded or self._is_part_of_another() or hands_graph_on(self.machine):
            return
        for each in outermost:
            if not any(self._evaluated.has_another(forward, each.loop) for forward in each.forwards):
                self.emit_evaluation(each.forwards, each.loop.site, each.loop)

    def _is_part_of_another(self) -> bool:
        """Whether a loop in a function that is named for evaluation calls this one: that loop is told of."""
        named = [frame for frame in self.machine.frames[:-1] if is_named_for_it(function_of(frame))]
        return any(loop.number > frame.number for frame in named for loop in self.machine.loops)


def _goes_over_no_data(machine: Machine, loop: Loop, forwards: tuple[Forward, ...]) -> bool:
    """Whether a loop goes over models that it builds, or over parts of a batch.

    What parts of a batch are for, the loop over its loader shows.
    """
    if any(each.model.number > loop.number for each in forwards):
        return True
    return loop.loader is None and (machine.frame.drawn is not None or any(each.on_data is Yes for each in forwards))
