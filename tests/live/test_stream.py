"""Events go to those who subscribe to their class, and to nobody else."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import torch
from torch import nn

from torchlint import live
from torchlint.facts.fact import Fact
from torchlint.live.stream import events
from torchlint.live.stream.events import BackwardStarted, ForwardStarted, LiveEvent, RepeatableEvent, StepEnded
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here
from torchlint.live.stream.recorder import Recorder
from torchlint.live.watching import Watch

LIVE = Path(live.__file__).parent
EVENTS = {
    name: kind
    for name, kind in inspect.getmembers(events, inspect.isclass)
    if issubclass(kind, LiveEvent) and kind not in (LiveEvent, RepeatableEvent)
}


class Counting(Observer):
    """Counts what it subscribes to."""

    def __init__(self) -> None:
        self.steps = 0
        self.forwards = 0

    @on(StepEnded)
    def step_ended(self, event: StepEnded, here: Here) -> None:
        self.steps += 1

    @on(ForwardStarted, closely=True)
    def forward_started(self, event: ForwardStarted, here: Here) -> None:
        self.forwards += 1


class Failing(Observer):
    """Raises when it gets an event, and makes no facts from then on."""

    @on(BackwardStarted)
    def backward_started(self, event: BackwardStarted, here: Here) -> None:
        raise ArithmeticError

    def finish(self) -> Iterable[Fact]:
        raise AssertionError("it was not dropped")


def watched(steps: int, *observers: Observer) -> Recorder:
    def also(recorder: Recorder) -> Iterator[Observer]:
        yield from observers

    with Watch(every=100, also=also) as watch:
        model = nn.Linear(4, 2)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(steps):
            optimizer.zero_grad()
            model(torch.randn(3, 4)).sum().backward()
            optimizer.step()
        watch.recorder.facts()
    return watch.recorder


def test_an_observer_gets_the_events_that_it_subscribes_to() -> None:
    counting = Counting()
    assert watched(20, counting).problems == []
    assert counting.steps == 20
    assert 0 < counting.forwards < 20


def test_an_observer_that_raises_is_dropped_and_the_others_go_on() -> None:
    counting, failing = Counting(), Failing()
    recorder = watched(3, failing, counting)
    assert [type(problem) for problem in recorder.problems] == [ArithmeticError]
    assert failing not in recorder.observers
    assert counting.steps == 3


def test_nobody_subscribes_twice_to_one_class() -> None:
    with pytest.raises(TypeError, match="subscribes twice"):

        class Twice(Observer):
            @on(StepEnded)
            def one(self, event: StepEnded, here: Here) -> None: ...

            @on(StepEnded)
            def other(self, event: StepEnded, here: Here) -> None: ...


def uses(folders: Iterable[Path], function: str) -> set[str]:
    """The names of events that are given to a function, or built in a call that is."""
    calls = (
        node
        for folder in folders
        for file in folder.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == function and node.args
    )
    return {ast.unparse(call.args[0]).partition("(")[0] for call in calls}


def test_every_event_is_emitted_by_a_hook_and_observed() -> None:
    emitted = uses([LIVE / "attach"], "emit") | uses([LIVE / "attach"], "emit_end")
    assert emitted == EVENTS.keys()
    assert uses([LIVE], "on") == EVENTS.keys()


@pytest.mark.parametrize("name", [name for name, kind in EVENTS.items() if issubclass(kind, RepeatableEvent)])
def test_a_repeatable_event_says_how_it_is_compared(name: str) -> None:
    assert "signature" in vars(EVENTS[name])
