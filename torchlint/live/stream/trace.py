"""Folds the order of events into the iterations of the loops that they happen in.

Iterations are not observed. They follow from where events happen: within one iteration the places of a function's
text follow each other, so an event at a place that lies before, or that comes again, begins a new iteration of the
innermost loop around both.

Where one line does several things (`trainer.train()`: the loop is a library's), its place comes again with each.
There an iteration lasts until something happens again; where the line steps, until something does so after a step.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from torchlint.live.stream.places import Chain, spots_of
from torchlint.live.text.pages import Loop
from torchlint.live.text.spots import Spot

What = TypeVar("What")
INNER_ITERATIONS = 2
"""So many iterations of an inner loop are part of an iteration of an outer one."""
LONGEST_ITERATION = 256
MOST_PATHS = 64
MOST_ITERATIONS = 512
USUAL = 50
"""A path that was gone through so often is a usual one; and it is left for good after as many others."""
REPLAYED = 3
"""So many repetitions are gone through; after that they are only counted."""
Path = tuple[tuple[int, bool], ...]
"""The events of one iteration by number, each with whether it happens in no inner loop."""


@dataclass(slots=True)
class LoopRun:
    """What is known of a loop reached through certain calls; `loop` None stands for code outside all loops.

    `paths` numbers the different paths through its body, `iterations` are the first iterations by the number of
    their path, `count` is how many there were. `seen` says how often each path was gone through, and when last.
    """

    loop: Loop | None
    via: tuple[Spot, ...]
    function: Spot | None
    outer: LoopRun | None
    paths: dict[Path, int] = field(default_factory=dict)
    iterations: list[int] = field(default_factory=list)
    count: int = 0
    seen: dict[int, tuple[int, int]] = field(default_factory=dict)

    def end_iteration(self, events: list[tuple[int, bool]]) -> None:
        """An iteration is over."""
        if not events:
            return
        path = tuple(events)
        number = self.paths.get(path)
        if number is None and len(self.paths) < MOST_PATHS:
            number = self.paths[path] = len(self.paths)
        self.count += 1
        if number is None:
            return
        self.seen[number] = (self.seen.get(number, (0, 0))[0] + 1, self.count)
        if len(self.iterations) < MOST_ITERATIONS:
            self.iterations.append(number)

    def latest_paths(self) -> frozenset[int]:
        """The paths that were gone through since a usual one was left for good; all of them where none was."""
        left = [at for times, at in self.seen.values() if times >= USUAL and self.count - at >= max(USUAL, at // 4)]
        since = max(left, default=0)
        return frozenset(number for number, (_, at) in self.seen.items() if at > since)


@dataclass(slots=True)
class _OpenLoop:
    """A loop that is being run: `depth` is that of its frame among the user's, `events` those of this iteration."""

    run: LoopRun
    depth: int
    iteration: int = 0
    events: list[tuple[int, bool]] = field(default_factory=list)

    def next_iteration(self) -> None:
        self.run.end_iteration(self.events)
        self.events = []
        self.iteration += 1


class Trace(Generic[What]):
    """Takes events and their places, and knows the loops that they happen in.

    `log` takes the events down, for `replay`, if there is one. `stale` says that the last event was replayed, in
    calls that are over. `is_step` says of an event whether a training iteration leads up to it.
    """

    def __init__(self, is_step: Callable[[What], bool] = lambda event: False) -> None:
        self.events: list[What] = []
        self._is_step = is_step
        self._steps: set[int] = set()
        self._stepping: set[tuple[Spot, ...]] = set()
        self._numbers: dict[Hashable, int] = {}
        self._runs: dict[Hashable, LoopRun] = {}
        self._chain: Chain = []
        self._open: list[_OpenLoop] = [_OpenLoop(self._run_of(None, (), None, None), -1)]
        self._held = 0
        self._again = False
        self.stale = False
        self.log: list[tuple[Chain, int]] | None = None

    def record(self, key: Hashable, chain: Chain, make: Callable[[], What]) -> int:
        """Something happens; `make` is called for the first event of a key and a place."""
        if self.stale:
            self._align(chain)
        spots = spots_of(chain)
        whole = (key, *spots)
        number = self._numbers.get(whole)
        if number is None:
            number = self._numbers[whole] = len(self.events)
            self.events.append(make())
            if self._is_step(self.events[number]):
                self._steps.add(number)
                self._stepping |= {spots[: depth + 1] for depth in range(len(spots))}
        self._go_to(chain, number)
        self._append(number)
        if self.log is not None:
            self.log.append((chain, number))
        return number

    def replay(self, log: list[tuple[Chain, int]]) -> None:
        """What happened once happens again, in calls of which only the code is known."""
        if log:
            self._align(log[0][0])
        for chain, number in log:
            self._go_to(chain, number)
            self._append(number)

    def repeat(self, log: list[tuple[Chain, int]], times: int) -> None:
        """What happened once happens again so many times: after three times only the iterations are counted."""
        for _ in range(min(times, REPLAYED - 1)):
            self.replay(log)
        if times < REPLAYED:
            return
        before = [(run, run.count, len(run.iterations), dict(run.seen)) for run in self._runs.values()]
        self.replay(log)
        for run, count, iterations, seen in before:
            more = (times - REPLAYED) * (run.count - count)
            for number, (often, at) in run.seen.items():
                new = often - seen.get(number, (0, 0))[0]
                run.seen[number] = (often + new * (times - REPLAYED), at + more if new else at)
            run.count += more
            again = run.iterations[iterations:] * min(times - REPLAYED, MOST_ITERATIONS)
            run.iterations += again[: MOST_ITERATIONS - len(run.iterations)]

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
        """What is called from here may run several times within the iteration: a closure given to an optimizer."""
        self._held = len(chain)

    def release(self) -> None:
        """That call is over."""
        self._held = 0

    def runs(self) -> list[tuple[LoopRun, Path]]:
        """Every loop that was run, with the iteration that goes on in it, empty if none does."""
        open_paths = {id(each.run): tuple(each.events) for each in self._open}
        return [(run, open_paths.get(id(run), ())) for run in self._runs.values()]

    def _append(self, number: int) -> None:
        direct = True
        again = self._held or self._again
        for each in reversed(self._open):
            if len(each.events) < LONGEST_ITERATION and not (again and each.events.count((number, direct)) > 1):
                each.events.append((number, direct))
            if each.iteration >= INNER_ITERATIONS:
                break
            loop = each.run.loop
            direct = direct and loop is not None and not loop.is_statement

    def _go_to(self, chain: Chain, number: int) -> None:
        """Begin and end iterations, so that what is open fits a place, and what happens there."""
        self._again = False
        if chain is self._chain:
            return None  # Part of what happened last.
        before, self._chain = self._chain, chain
        for depth, ((old_frame, old), (frame, new)) in enumerate(zip(before, chain, strict=False)):
            if old.code is not new.code and depth:
                return self._come_again(chain, depth - 1, number)
            if old_frame != frame or old.code is not new.code:
                return self._iterate_again(chain, depth - 1)
            if old is new:
                continue
            if new.order > old.order and old.loops == new.loops and depth + 1 == len(before) == len(chain):
                return None  # Further on in the same iteration.
            shared = 0
            for one, other in zip(old.loops, new.loops, strict=False):
                if one is not other:
                    break
                shared += 1
            if new.order > old.order:
                return self._reopen(chain, depth, shared)
            if not shared:
                return self._iterate_again(chain, depth - 1)
            self._reopen(chain[: depth + 1], depth, shared, only_close=True)
            if depth >= self._held:
                self._open[-1].next_iteration()
            return self._reopen(chain, depth, shared)
        if len(chain) > len(before):
            return self._reopen(chain, len(before), 0)
        return self._come_again(chain, len(chain) - 1, number)

    def _come_again(self, chain: Chain, depth: int, number: int) -> None:
        """The same line goes on: it does something else, or its own loop or one around it begins an iteration."""
        while self._open[-1].depth > depth:
            self._close()
        happened = {each for each, _ in self._open[-1].events}
        if number not in happened:
            return self._enter(chain, depth + 1, 0)
        if spots_of(chain) in self._stepping or self._open[-1].run.loop is None:
            self._again = not happened & self._steps
        return self._enter(chain, depth + 1, 0) if self._again else self._iterate_again(chain, depth)

    def _iterate_again(self, chain: Chain, depth: int) -> None:
        """The same function is called again, or the same place comes again: so does the innermost loop up to there."""
        while self._open[-1].depth > depth:
            self._close()
        innermost = self._open[-1]
        if max(innermost.depth, 0) >= self._held:
            innermost.next_iteration()
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
                run = self._run_of(loop, via, spot, self._open[-1].run)
                self._open.append(_OpenLoop(run, at))
            shared = 0

    def _close(self) -> None:
        closed = self._open.pop()
        closed.run.end_iteration(closed.events)

    def _run_of(
        self, loop: Loop | None, via: tuple[Spot, ...], function: Spot | None, outer: LoopRun | None
    ) -> LoopRun:
        key = (loop, *via)
        found = self._runs.get(key)
        if found is None:
            found = self._runs[key] = LoopRun(loop, via, function, outer)
        return found
