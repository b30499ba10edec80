"""Detects that a training step repeats the one before, so that it can be counted instead of traced.

Python that runs between the operations of a small model costs as much as they do. So once two steps in a row were the
same to the last event and place, and such a step was traced a few times before, observers with `skips_repeats` are not
called for the next ones. The trace replays them together when something else happens, or when somebody asks for the
facts. Other observers go on to look at such steps closely.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from torchlint.live.stream.events import (
    BackwardStarted,
    DropoutCalled,
    ForwardEnded,
    ForwardStarted,
    LiveEvent,
    ParametersAsked,
    RepeatableEvent,
    TensorViewed,
)
from torchlint.live.stream.places import Chain
from torchlint.live.stream.trace import Trace

LONGEST = 256
"""So many events of one step are compared; longer steps are always traced."""
FAMILIAR = 4
"""So often a step is traced before it may be counted: some observers need to see a few of a kind."""
MOST_KINDS = 256
"""So many kinds of steps are remembered."""
Signature = tuple[type[RepeatableEvent], Hashable]
ONLY_SAMPLED: frozenset[type[LiveEvent]] = frozenset(
    (ForwardStarted, ForwardEnded, DropoutCalled, ParametersAsked, TensorViewed)
)
"""What is emitted in sampled steps alone: such a step is like the others but for these."""


@dataclass(slots=True)
class _RecordedStep:
    """The events from one step to the next; `log` is what the trace took of them, `lengths` how much by each event.

    A step with an event that is not repeatable is not `comparable`.
    """

    signatures: list[Signature] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    log: list[tuple[Chain, int]] = field(default_factory=list)
    comparable: bool = True

    def until(self, position: int) -> _RecordedStep:
        """The same step up to so many events."""
        taken = self.lengths[position - 1] if position else 0
        return _RecordedStep(self.signatures[:position], self.lengths[:position], self.log[:taken])

    def key(self) -> Hashable:
        """What happened, and at which places."""
        return (*self.signatures, *self.lengths, *(number for _, number in self.log))


class RepeatedSteps:
    """Compares each step with the one before.

    `counting` says that steps repeat, and are counted instead of traced; `is_new`, that the last one was of a kind that
    was not met before.
    """

    def __init__(self) -> None:
        self.counting = False
        self.is_new = False
        self._trace: Trace[Any] | None = None
        self._settled: Callable[[], bool] = lambda: False
        self._resumed: Callable[[bool], None] = lambda between_steps: None
        self._last: Hashable = None
        self._seen: dict[Hashable, int] = {}
        self._step = _RecordedStep(comparable=False)  # It is not known what came before.
        self._position = 0
        self._in_backward = False
        self._times = 0

    def follow(self, trace: Trace[Any], settled: Callable[[], bool], resumed: Callable[[bool], None]) -> None:
        """Count for a trace; `settled` says whether a step left nothing open, `resumed` hears when tracing resumes."""
        self._trace, self._settled, self._resumed = trace, settled, resumed
        trace.log = self._step.log

    def record(self, event: LiveEvent) -> None:
        """An event happened, and was traced."""
        step = self._step
        if not step.comparable:
            return
        if type(event) in ONLY_SAMPLED:
            del step.log[step.lengths[-1] if step.lengths else 0 :]
            return
        if not isinstance(event, RepeatableEvent) or len(step.signatures) >= LONGEST:
            step.comparable = False
            return
        step.signatures.append((type(event), event.signature()))
        step.lengths.append(len(step.log))

    def record_end(self) -> None:
        """What happened last is over: what the trace took until now belongs to it."""
        self._in_backward = False
        if not self.counting and self._step.lengths:
            self._step.lengths[-1] = len(self._step.log)

    def continues(self, event: LiveEvent) -> bool:
        """Whether an event is the one that happened at this point of the steps before."""
        signatures, position = self._step.signatures, self._position
        expected, signature = signatures[position]
        if not isinstance(event, expected) or event.signature() != signature:
            # What an operator's own backward computes belongs to it.
            return self._in_backward or type(event) in ONLY_SAMPLED
        self._in_backward = expected is BackwardStarted
        position += 1
        if position == len(signatures):
            position = 0
            self._times += 1
        self._position = position
        return True

    def end_step(self, may_count: bool) -> None:
        """An optimizer has stepped; the next step is traced in any case unless it may be counted."""
        self.is_new = False
        if self.counting:
            if not may_count:
                self.resume(between_calls=True)
            return
        step, settled = self._step, self._settled()
        if step.comparable:
            if len(self._seen) >= MOST_KINDS:
                self._seen.clear()
            key = step.key()
            repeated, self._last = key == self._last, key if settled else None
            seen = self._seen[key] = self._seen.get(key, 0) + 1
            self.is_new = seen == 1
            if may_count and settled and repeated and seen >= FAMILIAR and self._trace is not None:
                self.counting, self._position, self._times = True, 0, 0
                self._trace.log = None
                return
        self._begin(_RecordedStep())

    def resume(self, *, between_calls: bool = False) -> None:
        """Replay in the trace what was only counted; from here on everything is traced.

        With `between_calls`, what comes next is taken to happen in other calls of the same functions.
        """
        self.replay_counted()
        step, position, trace = self._step, self._position, self._trace
        begun = step.until(position)
        self.counting = False
        if trace is not None:
            trace.replay(begun.log)
            trace.stale = not between_calls
        self._last = step.key()
        self._begin(begun)
        self._resumed(position == 0)

    def replay_counted(self) -> None:
        """Replay in the trace the whole steps that were counted so far."""
        if self.counting and self._trace is not None and self._times:
            self._trace.repeat(self._step.log, self._times)
            self._times = 0

    def _begin(self, step: _RecordedStep) -> None:
        self._step = step
        if self._trace is not None:
            self._trace.log = step.log if step.comparable else None
