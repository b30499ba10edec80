"""The order of events, folded into the loops that they happen in.

Loops are not seen to turn. They are told by where events happen: within one turn the places of a function's text
follow each other, so an event at a place that lies before, or that comes again, begins a new turn of the innermost
loop around both.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from torchlint.live.stream.places import Chain, Spot, spots_of
from torchlint.live.text.pages import Loop

What = TypeVar("What")
TURNS_TOLD = 2
"""So many turns of an inner loop are part of a turn of an outer one."""
LONGEST_TURN = 256
MOST_WAYS = 64
MOST_TURNS = 512
REPLAYED = 3
"""So many repetitions are gone through; after that they are only counted."""


@dataclass(slots=True)
class Story:
    """What is known of a loop reached through certain calls; `loop` None stands for code outside all loops.

    A way is the events of one turn by number, each with whether it happens in no inner loop. `turns` are the
    first turns, by the number of their way. `current` is the turn that goes on, which may be cut off.
    """

    loop: Loop | None
    via: tuple[Spot, ...]
    function: Spot | None
    outer: Story | None
    ways: dict[tuple[tuple[int, bool], ...], int] = field(default_factory=dict)
    turns: list[int] = field(default_factory=list)
    count: int = 0

    def end_turn(self, moments: list[tuple[int, bool]]) -> None:
        """A turn is over."""
        if not moments:
            return
        way = tuple(moments)
        number = self.ways.get(way)
        if number is None and len(self.ways) < MOST_WAYS:
            number = self.ways[way] = len(self.ways)
        self.count += 1
        if number is not None and len(self.turns) < MOST_TURNS:
            self.turns.append(number)


@dataclass(slots=True)
class _Pass:
    """A loop that is being gone through: `depth` is that of its frame among the user's."""

    story: Story
    depth: int
    turn: int = 0
    moments: list[tuple[int, bool]] = field(default_factory=list)

    def again(self) -> None:
        self.story.end_turn(self.moments)
        self.moments = []
        self.turn += 1


class Trace(Generic[What]):
    """Takes events and their places, and tells the loops' stories.

    `log` takes the events down, for `replay`, if there is one. `stale` says that the last event was replayed, in
    calls that are over.
    """

    def __init__(self) -> None:
        self.events: list[What] = []
        self._numbers: dict[Hashable, int] = {}
        self._stories: dict[Hashable, Story] = {}
        self._chain: Chain = []
        self._root = _Pass(self._story(None, (), None, None), -1)
        self._open: list[_Pass] = [self._root]
        self._held = 0
        self.stale = False
        self.log: list[tuple[Chain, int]] | None = None

    def happen(self, key: Hashable, chain: Chain, make: Callable[[], What]) -> int:
        """Something happens; `make` is called for the first event of a key and a place."""
        if self.stale:
            self._align(chain)
        self._go_to(chain)
        whole = (key, *spots_of(chain))
        number = self._numbers.get(whole)
        if number is None:
            number = self._numbers[whole] = len(self.events)
            self.events.append(make())
        self._note(number)
        if self.log is not None:
            self.log.append((chain, number))
        return number

    def replay(self, log: list[tuple[Chain, int]]) -> None:
        """What happened once happens again, in calls of which only the code is known."""
        if log:
            self._align(log[0][0])
        for chain, number in log:
            self._go_to(chain)
            self._note(number)

    def repeat(self, log: list[tuple[Chain, int]], times: int) -> None:
        """What happened once happens again so many times: after three times only the turns are counted."""
        for _ in range(min(times, REPLAYED - 1)):
            self.replay(log)
        if times < REPLAYED:
            return
        before = [(story, story.count, len(story.turns)) for story in self._stories.values()]
        self.replay(log)
        for story, count, turns in before:
            story.count += (times - REPLAYED) * (story.count - count)
            again = story.turns[turns:] * min(times - REPLAYED, MOST_TURNS)
            story.turns += again[: MOST_TURNS - len(story.turns)]

    def _align(self, chain: Chain) -> None:
        """The calls in which the last event happened are those that still go on, where they are of the same code."""
        self.stale = False
        self._chain = list(self._chain)
        for depth, ((_, old), (frame, new)) in enumerate(zip(self._chain, chain, strict=False)):
            if old.code is not new.code:
                break
            self._chain[depth] = frame, old
            if old is not new:
                break

    def hold(self, chain: Chain) -> None:
        """What is called from here may run several times within the turn: a closure given to an optimizer."""
        self._held = len(chain)

    def release(self) -> None:
        """That call is over."""
        self._held = 0

    @property
    def story(self) -> Story:
        """The story of the innermost loop that is being gone through."""
        return self._open[-1].story

    def current(self) -> list[int]:
        """The events of the innermost loop's turn so far."""
        return [number for number, _ in self._open[-1].moments]

    def stories(self) -> list[tuple[Story, tuple[tuple[int, bool], ...]]]:
        """Every story, with the turn that goes on in it, empty if none does."""
        going_on = {id(each.story): tuple(each.moments) for each in self._open}
        return [(story, going_on.get(id(story), ())) for story in self._stories.values()]

    def _note(self, number: int) -> None:
        direct = True
        for each in reversed(self._open):
            if len(each.moments) < LONGEST_TURN and not (self._held and each.moments.count((number, direct)) > 1):
                each.moments.append((number, direct))
            if each.turn >= TURNS_TOLD:
                break
            loop = each.story.loop
            direct = direct and loop is not None and not loop.is_statement

    def _go_to(self, chain: Chain) -> None:
        """Begin and end turns, so that what is open fits a place."""
        if chain is self._chain:
            return None  # Part of what happened last.
        before, self._chain = self._chain, chain
        for depth, ((old_frame, old), (frame, new)) in enumerate(zip(before, chain, strict=False)):
            if old_frame != frame or old.code is not new.code:
                return self._again(chain, depth - 1)
            if old is new:
                continue
            if new.order > old.order and old.loops == new.loops and depth + 1 == len(before) == len(chain):
                return None  # Further on in the same turn.
            shared = 0
            for one, other in zip(old.loops, new.loops, strict=False):
                if one is not other:
                    break
                shared += 1
            if new.order > old.order:
                return self._reopen(chain, depth, shared)
            if not shared:
                return self._again(chain, depth - 1)
            self._reopen(chain[: depth + 1], depth, shared, only_close=True)
            if depth >= self._held:
                self._open[-1].again()
            return self._reopen(chain, depth, shared)
        if len(chain) > len(before):
            return self._reopen(chain, len(before), 0)
        return self._again(chain, len(chain) - 1)

    def _again(self, chain: Chain, depth: int) -> None:
        """The same function is called again, or the same place comes again: the innermost loop up to there turns."""
        while self._open[-1].depth > depth:
            self._close()
        turning = self._open[-1]
        if max(turning.depth, 0) >= self._held:
            turning.again()
        self._enter(chain, depth + 1, 0)

    def _reopen(self, chain: Chain, depth: int, shared: int, *, only_close: bool = False) -> None:
        """Leave the loops below a frame, and those of the frame itself beyond the shared ones; enter the new ones."""
        while self._open[-1].depth > depth:
            self._close()
        at_depth = sum(each.depth == depth for each in self._open)
        for _ in range(at_depth - shared):
            self._close()
        if not only_close:
            self._enter(chain, depth, shared)

    def _enter(self, chain: Chain, depth: int, shared: int) -> None:
        for at in range(depth, len(chain)):
            spot = chain[at][1]
            for loop in spot.loops[shared:]:
                via = spots_of(chain[:at])
                story = self._story(loop, via, spot, self._open[-1].story)
                self._open.append(_Pass(story, at))
            shared = 0

    def _close(self) -> None:
        closed = self._open.pop()
        closed.story.end_turn(closed.moments)

    def _story(self, loop: Loop | None, via: tuple[Spot, ...], function: Spot | None, outer: Story | None) -> Story:
        key = (loop, *via)
        found = self._stories.get(key)
        if found is None:
            found = self._stories[key] = Story(loop, via, function, outer)
        return found
