"""The stream of what the run does: hooks tell it, observers listen, facts come out at the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from threading import get_ident
from typing import TYPE_CHECKING, Any, TypeVar

from torchlint.facts.fact import Fact
from torchlint.live.stream.places import Here, Places
from torchlint.live.stream.repeated_steps import Refrain

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module
    from torch.optim import Optimizer
    from torch.utils.data import DataLoader

EXPERIMENT: ContextVar[int] = ContextVar("torchlint experiment", default=0)
"""How deep we are in experiments on copies: a recorder sees only those in which it was started."""
FIRST_STEPS = 5
ATTENTION = 2
Listener = Callable[..., None]
Method = TypeVar("Method", bound=Listener)


def hears(*names: str) -> Callable[[Method], Method]:
    """Says that an observer's `event` is for events of these names alone."""

    def mark(method: Method) -> Method:
        method.__dict__["hears"] = frozenset(names)
        return method

    return mark


def closely(method: Method) -> Method:
    """Says that an observer's method is for steps that are looked at closely (`recorder.sampled`) alone."""
    method.__dict__["closely"] = True
    return method


class Observer:
    """One who listens to the run and makes facts of it; what is not overridden costs nothing.

    Nothing here may change the run: no random number drawn, no tensor written, none kept alive (hold weak
    references). `here` is valid during the call alone: `here()` gives the site, `here.via` the calls that led there.
    What an observer runs of torch itself, it runs under `recorder.aside()`. One that raises is dropped. One that
    `rests` is not told of steps that repeat the one before.
    """

    rests = False

    def forward_before(self, module: Module, inputs: tuple[Any, ...], here: Here) -> None:
        """A module at any depth is about to run; told in watched steps (`recorder.sampled`) alone."""

    def forward_after(self, module: Module, inputs: tuple[Any, ...], output: Any, here: Here) -> None:
        """A module at any depth has run; told in watched steps alone. One that raised is not told of."""

    def loss_computed(self, name: str, arguments: dict[str, Any], value: Any, here: Here) -> None:
        """A loss of torch was computed: `name` is its class, `arguments` those of the function, by name."""

    def backward_before(self, tensors: tuple[Tensor, ...], here: Here) -> None:
        """Backward is about to run from these tensors."""

    def backward_after(self, here: Here) -> None:
        """Backward has run."""

    def step_before(self, optimizer: Optimizer, here: Here) -> None:
        """An optimizer is about to step; `recorder.step_number` counts its step already. Scaled steps too."""

    def step_after(self, optimizer: Optimizer, here: Here) -> None:
        """An optimizer has stepped."""

    def batch(self, loader: DataLoader[Any], batch: Any, here: Here) -> None:
        """A DataLoader gave a batch."""

    def event(self, name: str, details: dict[str, Any], here: Here) -> None:
        """Anything else that was called: see `torchlint.live.attach.hooks` for the names and what they come with."""

    def stop(self) -> None:
        """The watch is over, also in the middle of a pass: nothing of ours may stay in torch."""

    def finish(self) -> Iterable[Fact]:
        """The facts known by now. May be asked for more than once, and while the run goes on."""
        return ()


_TELLS = frozenset(
    (
        "forward_before",
        "forward_after",
        "loss_computed",
        "backward_before",
        "backward_after",
        "step_before",
        "step_after",
        "batch",
    )
)
"""What has a method of its own; everything else is told through `event`."""


class _Listeners(dict[str, list[Listener]]):
    """Who is told of what happens, by its name; found out when it happens first."""

    def __init__(self, listening: Callable[[str], Iterable[Listener]]) -> None:
        super().__init__()
        self._listening = listening

    def __missing__(self, name: str) -> list[Listener]:
        listeners = self[name] = list(self._listening(name))
        return listeners


class Recorder:
    """Hands on what happens to the observers, and says which steps are looked at closely.

    `sampled` is True in the first steps, in every k-th, and for a while after something changed: a loader was
    started, a mode or the gradient mode was switched. `periodic` is True in the first and every k-th step alone.
    `step_number` counts the optimizer steps that began, over all optimizers; `closure` says whether the one that
    goes on was given a closure.
    """

    def __init__(self, every: int) -> None:
        self.every = max(1, every)
        self.places = Places()
        self.step_number = 0
        self.sampled = True
        self.periodic = True
        self.closure = False
        self.problems: list[Exception] = []
        self.resample: Callable[[bool], None] = lambda sampled: None
        self.note_lines: Callable[[bool], None] = lambda wanted: None
        self._observers: list[Observer] = []
        self._listeners = self._nobody_yet()
        self.refrain = Refrain()
        self._attention = 0
        self._aside = 0
        self._thread = get_ident()
        self._process = os.getpid()
        self._on = False
        self._experiment = 0

    def add(self, observer: Observer) -> None:
        """Let someone listen."""
        self._observers.append(observer)
        self._listeners = self._nobody_yet()

    @property
    def observers(self) -> tuple[Observer, ...]:
        """Those who listen."""
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
    def awake(self) -> bool:
        """Whether this is the thread and process that is watched, and the run itself that goes on in it."""
        return self._on and not self._aside and get_ident() == self._thread and EXPERIMENT.get() == self._experiment

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What is run in here is ours, not the user's, and is not recorded."""
        self._aside += 1
        try:
            yield
        finally:
            self._aside -= 1

    def tell(self, name: str, *details: object) -> None:
        """Hand on what happens to the method of this name."""
        refrain = self.refrain
        if refrain.asleep and not refrain.goes_on(name, details):
            refrain.wake()
        listeners = self._listeners[refrain.asleep, self.sampled][name]
        if listeners:
            self._hand_on(listeners, details)
        if not refrain.asleep:
            refrain.note(name, details)

    def tell_end(self, name: str, *details: object) -> None:
        """Hand on that what was told of is over: no step is told from another by that."""
        listeners = self._listeners[self.refrain.asleep, self.sampled][name]
        if listeners:
            self._hand_on(listeners, details)
        self.refrain.note_end()

    def _hand_on(self, listeners: list[Listener], details: tuple[object, ...]) -> None:
        here = Here(self.places, sys._getframe(2))
        self._aside += 1
        try:
            for listener in listeners:
                try:
                    listener(*details, here)
                except Exception as problem:
                    self._drop(listener, problem)
        finally:
            self._aside -= 1
            here.frame = None  # It is over: let go of the frame, and with it of the user's variables.

    def _listening(self, name: str) -> Iterator[Listener]:
        """Who is told of what happens, in a step like this one."""
        kind = name if name in _TELLS else "event"
        for observer in self._observers:
            method = getattr(type(observer), kind)
            if method is getattr(Observer, kind) or (getattr(method, "closely", False) and not self.sampled):
                continue
            if observer.rests and self.refrain.asleep:
                continue
            heard = getattr(method, "hears", None)
            if heard is None or name in heard:
                told = getattr(observer, kind)
                yield partial(told, name) if kind == "event" else told

    def _drop(self, listener: Listener, problem: Exception) -> None:
        """What an observer cannot make out must not stop the run: its facts are unknown from here on."""
        self.problems.append(problem)
        method = listener.func if isinstance(listener, partial) else listener
        failed = getattr(method, "__self__", None)
        self._observers = [each for each in self._observers if each is not failed]
        self._listeners = self._nobody_yet()

    def _nobody_yet(self) -> dict[tuple[bool, bool], _Listeners]:
        """Who listens in steps that are only counted or not, and looked at closely or not."""
        either = (True, False)
        return {(counted, closely): _Listeners(self._listening) for counted in either for closely in either}

    def safely(self, hook: Callable[..., None], *arguments: object) -> None:
        """Call a hook of ours: what it cannot make out of a call must not stop the run."""
        try:
            hook(*arguments)
        except Exception as problem:
            self.problems.append(problem)

    def happen(self, name: str, **details: object) -> None:
        """Hand on an event that has no method of its own."""
        self.tell(name, details)

    def attend(self) -> None:
        """Something changed: look closely until two more steps are over."""
        if self.refrain.asleep:
            self.refrain.wake()
        self._attention = ATTENTION
        self._sample()

    def count_step(self) -> None:
        """An optimizer begins to step. In a process that was forked off the run, that is no step of the run."""
        if os.getpid() != self._process:
            self._on = False
        self.step_number += 1

    def end_step(self) -> None:
        """An optimizer has stepped: what comes now belongs to the next step."""
        self._attention = max(0, self._attention - 1)
        self._sample()
        self.refrain.end_step(may_rest=not (self._attention or self.closure or self.step_number < FIRST_STEPS))

    def _sample(self) -> None:
        coming = self.step_number
        self.periodic = coming < FIRST_STEPS or coming % self.every == 0
        sampled = self.periodic or self._attention > 0
        if sampled is not self.sampled:
            self.sampled = sampled
            self.resample(sampled)
            if not sampled:
                self.note_lines(False)

    def facts(self) -> list[Fact]:
        """What all observers know by now."""
        found: list[Fact] = []
        self.refrain.settle()
        with self.aside():
            for observer in list(self._observers):
                try:
                    found += [fact for fact in observer.finish() if fact.site.line]
                except Exception as problem:
                    self.problems.append(problem)
        return found
