"""Functions that test a model on all data at once, in no loop, as graphs and small data sets are tested."""

from __future__ import annotations

from torchlint.facts.answer import No, Unknown, Yes
from torchlint.facts.event import Backward, Event, Forward, LossComputed, Step, may_train_unseen
from torchlint.knowledge.names import is_deliberate_name
from torchlint.source.paper.detect import iterations
from torchlint.source.paper.detect.unit_tests import is_unit_test
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Value, options
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import ATTRIBUTE
from torchlint.source.paper.state.containers import values_in
from torchlint.source.paper.state.state import State
from torchlint.source.paper.state.trace import Node


def finish_test(machine: Machine, trace: list[Node]) -> None:
    """Tell of a function named for evaluation that measures the loss of a model, outside any loop over batches.

    Nobody knows who calls a function that nothing in the project calls; and a function that hands its graph on, or
    keeps it on an object, may be a part of a training step.
    """
    frame = machine.frame
    if not machine.via or any(loop.loader is not None for loop in machine.loops):
        return
    if not iterations.is_of_evaluation(machine) or is_deliberate_name(frame.function) or is_unit_test(frame.module):
        return
    found = iterations.outside_loops(trace)
    if not any(isinstance(event, LossComputed) for event in found) or any(map(_trains, found)):
        return
    forwards = tuple(event for event in found if isinstance(event, Forward) and event.on_data in (Yes, Unknown))
    assert frame.entered is not None
    ends = [state.since(frame.entered) for state in (machine.state, *(returned for _, returned in frame.returns))]
    ends.append(frame.entered)
    handed_on = [value for value, _ in frame.returns] + [value for end in ends for value in _kept(end, frame.number)]
    if forwards and not any(_has_graph(machine, value) for value in handed_on):
        iterations.record_evaluation(machine, None, forwards, forwards[0].site, No)


def _trains(event: Event) -> bool:
    return isinstance(event, (Backward, Step)) or may_train_unseen(event)


def _kept(end: State, frame: int) -> list[Value]:
    """What was put on objects that are older than the function's frame."""
    return [value for key, value in end.own.items() if key[0] is ATTRIBUTE and int(str(key[1])) < frame]


def _has_graph(machine: Machine, value: Value) -> bool:
    held = values_in(machine.state, value)
    return any(
        isinstance(each, TensorValue) and each.graph is not No and each.subject.own
        for item in held
        for each in options(item)
    )
