"""What analyses that find evaluations have in common."""

from __future__ import annotations

from math import inf

from torchlint.facts.answer import No
from torchlint.facts.event import Event, Forward, Step, may_differentiate, may_train_unseen
from torchlint.facts.site import Site
from torchlint.intent.unit_tests import is_unit_test
from torchlint.source.paper.detect.detector import Analysis, listens
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Kind, Thing, Value, options
from torchlint.source.paper.occurrences.training import Evaluated
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import ATTRIBUTE
from torchlint.source.paper.state.containers import values_in
from torchlint.source.paper.state.frames import Loop
from torchlint.source.paper.state.state import State


class EvaluatedCalls(Analysis):
    """The calls of models that evaluations run.

    `evaluations` are the places of these by the place of the call, each with the number of the loop that it last was:
    later loops have greater ones, and what is no loop has none but is told of for good.
    """

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.evaluations: dict[Site, dict[Site, float]] = {}

    @listens
    def collect_evaluated(self, evaluated: Evaluated) -> None:
        """Remember which evaluation a call belongs to."""
        for forward in evaluated.forwards:
            began = evaluated.loop.number if evaluated.loop is not None else inf
            self.evaluations.setdefault(forward.site, {})[evaluated.site] = began

    def has_another(self, forward: Forward, loop: Loop) -> bool:
        """Whether a call of a model in a loop belongs to an evaluation within that loop or around it.

        What an evaluation ran that was over before this loop began, this one runs anew.
        """
        around = {each.site for each in self.machine.loops}
        others = self.evaluations.get(forward.site, {})
        return any(began > loop.number or site in around for site, began in others.items() if site != loop.site)


class EvaluationFinder(Analysis):
    """An analysis that finds evaluations."""

    def emit_evaluation(self, forwards: tuple[Forward, ...], site: Site, loop: Loop | None = None) -> None:
        """Tell of an evaluation, and of the `loop` that it is, if it is one."""
        self.machine.tell(Evaluated(forwards, site, loop))


def may_evaluate(machine: Machine) -> bool:
    """Whether what runs a model over no loader can be an evaluation here.

    A method of a model goes by the gradient mode of its caller, whom nobody knows.
    """
    inside = any(isinstance(each.receiver, Thing) and each.receiver.kind is Kind.LAYER for each in machine.frames)
    return not inside and not is_unit_test(machine.frame.function, machine.frame.module.path)


def may_train(event: Event) -> bool:
    """Whether an event trains, or may do so unseen, or needs a graph for something else."""
    return isinstance(event, Step) or may_differentiate(event) or may_train_unseen(event)


def hands_graph_on(machine: Machine) -> bool:
    """Whether the function that was run returns a graph, or keeps one: it may be a part of a training step."""
    return any(_has_graph(machine, value) for value in _handed_on(machine))


def _handed_on(machine: Machine) -> list[Value]:
    """What the function being run returns, or puts on objects that are older than it."""
    frame = machine.frame
    assert frame.entered is not None
    ends = [state.since(frame.entered) for state in (machine.state, *(returned for _, returned in frame.returns))]
    ends.append(frame.entered)
    return [value for value, _ in frame.returns] + [value for end in ends for value in _kept(end, frame.number)]


def _kept(end: State, frame: int) -> list[Value]:
    return [value for key, value in end.own.items() if key[0] is ATTRIBUTE and int(str(key[1])) < frame]


def _has_graph(machine: Machine, value: Value) -> bool:
    held = values_in(machine.state, value)
    return any(
        isinstance(each, TensorValue) and each.graph is not No and each.subject.own
        for item in held
        for each in options(item)
    )
