"""Steps that repeat the one before: they are recognised by what happens in them and to whom, and only counted.

Python that runs between the operations of a small model costs as much as they do. So once two steps in a row were the
same to the last event and place, those who rest (`Observer.rests`) are told of the next ones together: when something
else happens, when a step is to be looked at closely, or when somebody asks for the facts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from torchlint.live.places import Chain
from torchlint.live.trace import Trace

LONGEST = 256
"""So many events of one step are compared; longer ones are always told."""
Signature = tuple[str, object]


@dataclass(slots=True)
class _Verse:
    """The events from one step to the next; `log` is what the trace took of them, `lengths` how much by each event."""

    signatures: list[Signature] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    log: list[tuple[Chain, int]] = field(default_factory=list)
    plain: bool = True

    def is_like(self, other: _Verse) -> bool:
        """Whether the same happened at the same places."""
        if not (self.plain and other.plain) or self.signatures != other.signatures or self.lengths != other.lengths:
            return False
        return [number for _, number in self.log] == [number for _, number in other.log]


class Refrain:
    """Listens for steps that repeat each other; `asleep` says that they do, and are not told to those who rest."""

    def __init__(self) -> None:
        self.asleep = False
        self._trace: Trace[Any] | None = None
        self._settled: Callable[[], bool] = lambda: False
        self._resumed: Callable[[bool], None] = lambda between_steps: None
        self._last: _Verse | None = None
        self._now = _Verse(plain=False)  # It is not known what came before.
        self._position = 0
        self._times = 0

    def follow(self, trace: Trace[Any], settled: Callable[[], bool], resumed: Callable[[bool], None]) -> None:
        """Whose events are counted, whether the last step left nothing open, and whom to tell that it is awake."""
        self._trace, self._settled, self._resumed = trace, settled, resumed
        trace.log = self._now.log

    def note(self, name: str, details: tuple[Any, ...]) -> None:
        """Something happened and was told."""
        verse = self._now
        if not verse.plain:
            return
        signature = _signature(name, details)
        if signature is None or len(verse.signatures) >= LONGEST:
            verse.plain = False
            return
        verse.signatures.append(signature)
        verse.lengths.append(len(verse.log))

    def goes_on(self, name: str, details: tuple[Any, ...]) -> bool:
        """Whether what happens is what happened at this point of the steps before."""
        verse = self._now
        if verse.signatures[self._position] != _signature(name, details):
            # What an operator's own backward computes belongs to the backward.
            return self._position > 0 and verse.signatures[self._position - 1][0] == "backward_before"
        self._position += 1
        if self._position == len(verse.signatures):
            self._position = 0
            self._times += 1
        return True

    def end_step(self, may_rest: bool) -> None:
        """An optimizer has stepped; the next step is told in any case unless it may rest."""
        if self.asleep:
            if not may_rest:
                self.wake(between_calls=True)
            return
        verse, last, settled = self._now, self._last, self._settled()
        if may_rest and settled and last is not None and verse.is_like(last) and self._trace is not None:
            self.asleep, self._position, self._times = True, 0, 0
            self._trace.log = None
            return
        if verse.plain:
            self._last = verse if settled else None
        self._begin(_Verse())

    def wake(self, *, between_calls: bool = False) -> None:
        """Tell the trace what was only counted; from here on everything is told.

        With `between_calls`, what comes next is taken to happen in other calls of the same functions.
        """
        self.settle()
        verse, position, trace = self._now, self._position, self._trace
        self.asleep = False
        if trace is not None:
            trace.replay(verse.log[: verse.lengths[position - 1]] if position else [])
            trace.stale = not between_calls
        self._last = verse
        self._begin(_Verse(plain=position == 0))
        self._resumed(position == 0)

    def settle(self) -> None:
        """Tell the trace of the whole steps that were counted so far."""
        if self.asleep and self._trace is not None and self._times:
            self._trace.repeat(self._now.log, self._times)
            self._times = 0

    def _begin(self, verse: _Verse) -> None:
        self._now = verse
        if self._trace is not None:
            self._trace.log = verse.log if verse.plain else None


def _signature(name: str, details: tuple[Any, ...]) -> Signature | None:
    """What tells an event from others of its step; None for those that a repeated step does not have."""
    if name == "loss_computed":
        return name, details[0]
    if name in ("backward_before", "backward_after"):
        return name, len(details)
    if name in ("step_before", "step_after", "batch"):
        return name, id(details[0])
    if name == "clear":
        return name, id(details[0]["of"])
    if name == "clip":
        return name, (details[0]["kind"], len(details[0]["parameters"]))
    if name == "read":
        return name, details[0]["call"]
    if name == "schedule":
        return name, (id(details[0]["scheduler"]), details[0]["metric"], details[0]["epoch"])
    return None
