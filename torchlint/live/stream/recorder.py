"""The stream of what the run does: hooks emit events, observers get them, facts come out at the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import get_ident
from typing import Any

from torchlint.facts.fact import Fact
from torchlint.live.stream.events import LiveEvent
from torchlint.live.stream.observer import Observer
from torchlint.live.stream.places import Here, Places
from torchlint.live.stream.repeated_steps import RepeatedSteps

EXPERIMENT: ContextVar[int] = ContextVar("torchlint experiment", default=0)
"""How deep we are in experiments on copies: a recorder sees only those in which it was started."""
FIRST_STEPS = 5
ATTENTION = 2
MOST_CHANGES = 16
"""So often a step of a new kind makes the next ones be looked at closely: where all differ, none is special."""
Listener = Callable[[Any, Here], None]


class _Listeners(dict[type[LiveEvent], list[Listener]]):
    """The methods that are called with events of a class, found out when one is emitted first."""

    def __init__(self, listening: Callable[[type[LiveEvent]], Iterable[Listener]]) -> None:
        super().__init__()
        self._listening = listening

    def __missing__(self, kind: type[LiveEvent]) -> list[Listener]:
        listeners = self[kind] = list(self._listening(kind))
        return listeners


class Recorder:
    """Dispatches events to the observers by their class, and says which steps are looked at closely.

    `sampled` is True in the first steps, in every k-th, and for a while after something changed: a loader was
    started, a mode or the gradient mode was switched. `periodic` is True in the first and every k-th step alone.
    `step_number` counts the optimizer steps that began, over all optimizers; `changes`, how often steps of a new kind
    came: another order of events, other parameters with gradients, another operation before the loss.
    """

    def __init__(self, every: int) -> None:
        self.every = max(1, every)
        self.places = Places()
        self._here = Here(self.places)
        self.step_number = 0
        self.changes = 0
        self.sampled = True
        self.periodic = True
        self.problems: list[Exception] = []
        self.install_close_hooks: Callable[[bool], None] = lambda wanted: None
        self.record_lines: Callable[[bool], None] = lambda wanted: None
        self.repeated = RepeatedSteps()
        self._observers: list[Observer] = []
        self._by_sampling = self._unfilled_listeners()
        self._listeners = self._by_sampling[True]
        self._closure = False
        self._attention = 0
        self._paused = 0
        self._thread = get_ident()
        self._process = os.getpid()
        self._on = False
        self._experiment = 0

    def add(self, observer: Observer) -> None:
        """Let an observer get the events."""
        self._observers.append(observer)
        self._find_listeners_again()

    @property
    def observers(self) -> tuple[Observer, ...]:
        """The observers that get events."""
        return tuple(self._observers)

    def start(self) -> None:
        """Record from now on."""
        self._experiment = EXPERIMENT.get()
        self._on = True

    def stop(self) -> None:
        """Record no more."""
        self._on = False
        for observer in self._observers:
            self.safely(observer.stop)

    @property
    def recording(self) -> bool:
        """Whether this is the thread and process that is watched, and the run itself that goes on in it."""
        return self._on and not self._paused and get_ident() == self._thread and EXPERIMENT.get() == self._experiment

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What is run in here is ours, not the user's, and is not recorded."""
        self._paused += 1
        try:
            yield
        finally:
            self._paused -= 1

    def emit(self, event: LiveEvent) -> None:
        """Hand an event to those who subscribe to its class."""
        repeated = self.repeated
        counting = repeated.counting
        if counting and not repeated.continues(event):
            repeated.resume()
            counting = False
        listeners = self._listeners[counting][type(event)]
        if listeners:
            self._dispatch(listeners, event)
        if not repeated.counting:
            repeated.record(event)

    def emit_end(self, event: LiveEvent) -> None:
        """Hand on that what an event began is over: no step differs from another by that."""
        repeated = self.repeated
        listeners = self._listeners[repeated.counting][type(event)]
        if listeners:
            self._dispatch(listeners, event)
        repeated.record_end()

    def _dispatch(self, listeners: list[Listener], event: LiveEvent) -> None:
        here = self._here
        here.frame, here.found = sys._getframe(2), None
        self._paused += 1
        try:
            for listener in listeners:
                try:
                    listener(event, here)
                except Exception as problem:
                    self._drop(listener, problem)
        finally:
            self._paused -= 1
            here.frame = here.found = None  # It is over: let go of the frame, and with it of the user's variables.

    def _listening(self, kind: type[LiveEvent]) -> Iterator[Listener]:
        """The methods that are called with such events, in a step like this one."""
        for observer in self._observers:
            subscription = observer.subscriptions.get(kind)
            if subscription is None or (subscription.closely and not self.sampled):
                continue
            if observer.skips_repeats and self.repeated.counting:
                continue
            yield getattr(observer, subscription.method)

    def _drop(self, listener: Listener, problem: Exception) -> None:
        """What an observer cannot make out must not stop the run: its facts are unknown from here on."""
        self.problems.append(problem)
        failed = getattr(listener, "__self__", None)
        self._observers = [each for each in self._observers if each is not failed]
        self._find_listeners_again()

    def _find_listeners_again(self) -> None:
        self._by_sampling = self._unfilled_listeners()
        self._listeners = self._by_sampling[self.sampled]

    def _unfilled_listeners(self) -> dict[bool, dict[bool, _Listeners]]:
        """The listeners of steps that are sampled or not, and in each of those that are only counted or not."""
        either = (True, False)
        return {sampled: {counting: _Listeners(self._listening) for counting in either} for sampled in either}

    def safely(self, hook: Callable[..., None], *arguments: object) -> None:
        """Call a hook of ours: what it cannot make out of a call must not stop the run."""
        try:
            hook(*arguments)
        except Exception as problem:
            self.problems.append(problem)

    def look_closely(self) -> None:
        """Something changed: sample the steps until two more are over."""
        if self.repeated.counting:
            self.repeated.resume()
        self._attention = ATTENTION
        self._sample()

    def begin_step(self, closure: bool) -> None:
        """An optimizer begins to step. In a process that was forked off the run, that is no step of the run."""
        if os.getpid() != self._process:
            self._on = False
        self._closure = closure
        self.step_number += 1

    def end_step(self) -> None:
        """An optimizer has stepped: what comes now belongs to the next step."""
        self._attention = max(0, self._attention - 1)
        self._sample()
        self.repeated.end_step(may_count=not (self._attention or self._closure or self.step_number < FIRST_STEPS))
        if self.repeated.is_new and self.step_number > FIRST_STEPS and self.changes < MOST_CHANGES:
            self.changes += 1
            self.look_closely()

    def _sample(self) -> None:
        coming = self.step_number
        self.periodic = coming < FIRST_STEPS or coming % self.every == 0
        sampled = self.periodic or self._attention > 0
        if sampled is not self.sampled:
            self.sampled = sampled
            self._listeners = self._by_sampling[sampled]
            self.install_close_hooks(sampled)
            if not sampled:
                self.record_lines(False)

    def facts(self) -> list[Fact]:
        """What all observers know by now."""
        found: list[Fact] = []
        self.repeated.replay_counted()
        with self.paused():
            for observer in list(self._observers):
                try:
                    found += [fact for fact in observer.finish() if fact.site.line]
                except Exception as problem:
                    self.problems.append(problem)
        return found
