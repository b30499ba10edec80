"""Steps that repeat the one before: they are recognised by what happens in them and to whom, and only counted.

Python that runs between the operations of a small model costs as much as they do. So once two steps in a row were the
same to the last event and place, and that was met before, those who rest (`Observer.rests`) are told of the next ones
together: when something else happens, or when somebody asks for the facts. To look closely at such a step is left to
the others.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from torchlint.live.stream.places import Chain
from torchlint.live.stream.trace import Trace

LONGEST = 256
"""So many events of one step are compared; longer ones are always told."""
FAMILIAR = 4
"""So often a step is told before it may go untold: some need to see a few of a kind."""
MOST_KINDS = 256
"""So many kinds of steps are remembered."""
Signature = tuple[str, Hashable]
Details = tuple[Any, ...]


def _first_object(details: Details) -> Hashable:
    return id(details[0])


def _schedule(details: Details) -> Hashable:
    return id(details[0]["scheduler"]), details[0]["metric"], details[0]["epoch"]


MARKS: dict[str, Callable[[Details], Hashable]] = {
    "loss_computed": itemgetter(0),
    "backward_before": len,
    "step_before": _first_object,
    "batch": _first_object,
    "clear": lambda details: id(details[0]["of"]),
    "clip": lambda details: (details[0]["kind"], len(details[0]["parameters"])),
    "read": lambda details: details[0]["call"],
    "schedule": _schedule,
}
"""What a repeated step may be made of, and what tells such an event from others of its step."""
LOOKS = frozenset(("forward_before", "forward_after", "dropout"))
"""What is told in steps that are looked at closely alone: such a step is like the others but for these."""


@dataclass(slots=True)
class _Verse:
    """The events from one step to the next; `log` is what the trace took of them, `lengths` how much by each event."""

    signatures: list[Signature] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    log: list[tuple[Chain, int]] = field(default_factory=list)
    plain: bool = True

    def key(self) -> Hashable:
        """What happened, and at which places."""
        return (*self.signatures, *self.lengths, *(number for _, number in self.log))


class Refrain:
    """Listens for steps that repeat each other; `asleep` says that they do, and are not told to those who rest."""

    def __init__(self) -> None:
        self.asleep = False
        self._trace: Trace[Any] | None = None
        self._settled: Callable[[], bool] = lambda: False
        self._resumed: Callable[[bool], None] = lambda between_steps: None
        self._last: Hashable = None
        self._seen: dict[Hashable, int] = {}
        self._now = _Verse(plain=False)  # It is not known what came before.
        self._position = 0
        self._in_backward = False
        self._times = 0

    def follow(self, trace: Trace[Any], settled: Callable[[], bool], resumed: Callable[[bool], None]) -> None:
        """Whose events are counted, whether the last step left nothing open, and whom to tell that it is awake."""
        self._trace, self._settled, self._resumed = trace, settled, resumed
        trace.log = self._now.log

    def note(self, name: str, details: Details) -> None:
        """Something happened and was told."""
        verse = self._now
        if not verse.plain:
            return
        if name in LOOKS:
            del verse.log[verse.lengths[-1] if verse.lengths else 0 :]
            return
        mark = MARKS.get(name)
        if mark is None or len(verse.signatures) >= LONGEST:
            verse.plain = False
            return
        verse.signatures.append((name, mark(details)))
        verse.lengths.append(len(verse.log))

    def note_end(self) -> None:
        """What happened last is over: what the trace took until now belongs to it."""
        self._in_backward = False
        if self._now.lengths and not self.asleep:
            self._now.lengths[-1] = len(self._now.log)

    def goes_on(self, name: str, details: Details) -> bool:
        """Whether what happens is what happened at this point of the steps before."""
        signatures, position = self._now.signatures, self._position
        expected, mark = signatures[position]
        if name != expected or MARKS[name](details) != mark:
            # What an operator's own backward computes belongs to it.
            return self._in_backward or name in LOOKS
        self._in_backward = name == "backward_before"
        self._position = position + 1
        if self._position == len(signatures):
            self._position = 0
            self._times += 1
        return True

    def end_step(self, may_rest: bool) -> None:
        """An optimizer has stepped; the next step is told in any case unless it may rest."""
        if self.asleep:
            if not may_rest:
                self.wake(between_calls=True)
            return
        verse, settled = self._now, self._settled()
        if verse.plain:
            if len(self._seen) >= MOST_KINDS:
                self._seen.clear()
            key = verse.key()
            repeated, self._last = key == self._last, key if settled else None
            seen = self._seen[key] = self._seen.get(key, 0) + 1
            if may_rest and settled and repeated and seen >= FAMILIAR and self._trace is not None:
                self.asleep, self._position, self._times = True, 0, 0
                self._trace.log = None
                return
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
        self._last = verse.key()
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
