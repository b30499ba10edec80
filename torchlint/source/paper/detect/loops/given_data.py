"""Finds evaluations over data that is no loader: a list of sentences, a dict of arrays, what a function is given."""

from __future__ import annotations

from collections.abc import Iterator

from torchlint.facts.answer import No
from torchlint.facts.event import Forward
from torchlint.intent.evaluation import is_named_for_it
from torchlint.intent.splits import is_named_for_evaluation
from torchlint.knowledge.packages import COUNTS
from torchlint.source import syntax
from torchlint.source.paper.detect.detector import listens
from torchlint.source.paper.detect.loops.evaluating import (
    EvaluatedCalls,
    EvaluationFinder,
    hands_graph_on,
    may_evaluate,
    may_train,
)
from torchlint.source.paper.detect.surroundings import function_of, is_in_unit_tests
from torchlint.source.paper.domain.values import Opaque, Value, options
from torchlint.source.paper.occurrences.program import FunctionRan, LoopRan
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.frames import Loop
from torchlint.source.written import names_in, roots_of

PASSING_ON = COUNTS | {"zip", "self", "list", "sorted", "reversed"}
"""Names in the header of a loop that say nothing of what it goes over."""
COUNTING = frozenset(("range", "trange"))
"""What gives numbers: loops over it are told of by the data that they count through."""


class EvaluationsOfGivenData(EvaluationFinder):
    """Loops over what is named as held out, or over what a function that is named for evaluation is given."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._found: dict[int, list[tuple[tuple[Forward, ...], Loop]]] = {}
        self._evaluated = self.share(EvaluatedCalls)

    @listens
    def find_loop(self, ran: LoopRan) -> None:
        """Tell of a loop over held-out data; keep one over what the function is given until its result is known.

        A loop inside goes over parts of the same data.
        """
        loop = ran.loop
        names = self._names_of_data(loop) if Forward in ran.kinds else frozenset[str]()
        if not names or loop.is_around_another or self._is_inside_another(names):
            return
        if self.machine.frame.drawn is not None:
            # It goes over the samples of one batch, that is told of as a whole.
            return
        if any(may_train(event) for event in ran.events):
            return
        if not may_evaluate(self.machine) or is_in_unit_tests(self.machine.frame.module):
            return
        forwards = tuple(each for each in ran.events if isinstance(each, Forward) and self._is_of(loop, each))
        if forwards and is_named_for_evaluation(names):
            self.emit_evaluation(forwards, loop.site, loop)
        elif forwards and is_named_for_it(function_of(self.machine.frame)) and _is_given(self.machine, loop):
            self._found.setdefault(self.machine.frame.number, []).append((forwards, loop))

    @listens
    def end_function(self, _: FunctionRan) -> None:
        """Tell of the loops of a function that hands no graph on."""
        found = self._found.pop(self.machine.frame.number, [])
        if found and not hands_graph_on(self.machine):
            for forwards, loop in found:
                self.emit_evaluation(forwards, loop.site, loop)

    def _is_of(self, loop: Loop, forward: Forward) -> bool:
        """Whether a model is run on what may be real data, and in no evaluation inside the loop."""
        return forward.on_data is not No and not self._evaluated.has_another(forward, loop)

    def _is_inside_another(self, names: frozenset[str]) -> bool:
        return any(not names.isdisjoint(self._names_of_data(each)) for each in self.machine.loops[:-1])

    def _names_of_data(self, loop: Loop) -> frozenset[str]:
        """All names of what a loop goes over, if that is no loader and not counted."""
        if loop.loader is not None or not isinstance(loop.statement, syntax.For):
            return frozenset()
        source = loop.statement.source
        written = frozenset(names_in(source)) - PASSING_ON
        if not written.isdisjoint(COUNTING):
            return frozenset()
        return written.union(*(self.machine.names_of(each) for each in _held(self.machine, source)))


def _is_given(machine: Machine, loop: Loop) -> bool:
    """Whether what a loop goes over is older than the call of the function, and nothing else is known of it."""
    assert isinstance(loop.statement, syntax.For)
    held = list(_held(machine, loop.statement.source))
    return bool(held) and all(isinstance(each, Opaque) and each.number < machine.frame.number for each in held)


def _held(machine: Machine, source: syntax.Expression) -> Iterator[Value]:
    """What the variables hold of which a loop takes what it goes over, be it counted or zipped."""
    for root in roots_of(source) - PASSING_ON:
        value = machine.lookup(root)
        if value is not None:
            yield from options(value)
