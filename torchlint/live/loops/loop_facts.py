"""Turns the recorded loops into facts: which of them train, which evaluate, and what their loaders feed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.data import SingleBatch
from torchlint.facts.event import (
    Backward,
    BuildOptimizer,
    Clear,
    Event,
    Forward,
    LossComputed,
    SetEpoch,
    Step,
)
from torchlint.facts.fact import Fact
from torchlint.facts.hygiene import Synchronisation
from torchlint.facts.run import EpochLoop, Evaluation, TrainingIteration
from torchlint.facts.site import Site
from torchlint.facts.way import Way
from torchlint.intent.accumulation import InnerLoop, gathers
from torchlint.intent.evaluation import ForwardLoop, evaluates, is_shown_by_name, scores_samples
from torchlint.intent.held_out import Data, TrainingLoop, is_evaluation_data, trains_on_held_out
from torchlint.intent.place import Place
from torchlint.intent.sanity_checks import DrawnBatch, is_sanity_check
from torchlint.knowledge.names import expression_of_sampler, is_data_name, shortest
from torchlint.live.loops.evaluations_beside import evaluations_beside
from torchlint.live.loops.recorded import Drawn, Read, Recorded, SeenLoop
from torchlint.live.loops.seeding import entry_of
from torchlint.live.objects.loaders import Loaders, SeenLoader
from torchlint.live.stream.trace import MOST_PATHS, LoopRun, Path, Trace
from torchlint.live.text.around import counts, loop_around, place_of
from torchlint.live.text.gradient_access import gradient_accesses
from torchlint.live.text.spots import Pages
from torchlint.live.text.surroundings import names_drawn_from

REPEATED = 3
"""So many iterations show that something outside the user's files loops."""


def facts_of(trace: Trace[Recorded], loaders: Loaders, fed_by_hand: dict[int, int], pages: Pages) -> Iterator[Fact]:
    """Training iterations and evaluations. Loaders learn what their batches were used for."""
    yield from (event for event in trace.events if isinstance(event, Backward))
    # That an optimizer is built again is known from the second time on.
    yield from (event for event in trace.events if isinstance(event, BuildOptimizer) and event.again is not Unknown)
    loops = _Loops(trace, loaders)
    for loop in sorted(loops.all.values(), key=lambda loop: -_depth(loop.run)):
        loops.collect_uses_of_loaders(loop)
    for loop in loops.all.values():
        if loops.trains(loop):
            training = loops.training(loop)
            yield training
            if loop.run.loop is not None:
                yield entry_of(training, loops.before(loop))
            yield from loops.single_batches(loop, trace, fed_by_hand)
            yield from loops.epochs(loop)
            yield from loops.waits(loop)
            yield from loops.evaluation(loops.passes_without_training(loop))
        elif loop.run.loop is not None and not loop.kinds & {Step, Backward} and Forward in loop.kinds:
            yield from loops.evaluation(loop)
        yield from evaluations_beside(loop, loops.events, pages)


class _Loops:
    """All loops that were run, with their events."""

    def __init__(self, trace: Trace[Recorded], loaders: Loaders) -> None:
        self.events = [each if isinstance(each, Event) else None for each in trace.events]
        self._drawn = {number: each.loader for number, each in enumerate(trace.events) if isinstance(each, Drawn)}
        self._reads = {number: each for number, each in enumerate(trace.events) if isinstance(each, Read)}
        self._loaders = loaders
        self._collected: set[int] = set()
        self.all = {id(run): self._loop(run, open_path) for run, open_path in trace.runs()}
        self._training_sites = {
            loop.run.loop.site
            for loop in self.all.values()
            if loop.run.loop is not None and loop.kinds & {Step, Backward}
        }

    def _loop(self, run: LoopRun, open_path: Path) -> SeenLoop:
        paths = list(run.paths)
        if open_path and not any(self._has_training(path) for path in paths):
            paths.append(open_path)
        kinds, direct = set(), set()
        for number, is_direct in (event for path in paths for event in path):
            kind = type(self.events[number])
            kinds.add(kind)
            if is_direct:
                direct.add(kind)
        return SeenLoop(run, paths, kinds, direct)

    def _has_training(self, path: Path) -> bool:
        return any(isinstance(self.events[number], (Step, Backward)) for number, _ in path)

    def trains(self, loop: SeenLoop) -> bool:
        """Whether a loop is one that trains: it steps, or it goes backward and no loop around it steps."""
        if loop.run.loop is None:
            return {Step, Backward} <= loop.direct
        if not loop.run.loop.is_statement:
            return False
        if Step in loop.direct:
            return True
        return Backward in loop.direct and Step not in loop.kinds and not self._steps_around(loop.run)

    def before(self, loop: SeenLoop) -> list[Event | None]:
        """What had happened when a loop was entered."""
        first = min((number for path in loop.paths for number, _ in path), default=0)
        return self.events[:first]

    def _steps_around(self, run: LoopRun) -> bool:
        """Whether a loop around this one steps, outside its other loops."""
        outer = run.outer
        while outer is not None and outer.loop is not None:
            if Step in self.all[id(outer)].direct:
                return True
            outer = outer.outer
        return False

    def collect_uses_of_loaders(self, loop: SeenLoop) -> None:
        """What the batches that this loop draws are used for; those of a comprehension in it are collected already."""
        if loop.run.loop is None:
            self._collect_unseen_uses(loop)
            return
        before = frozenset(self._collected)
        for path in loop.paths:
            kinds = {type(self.events[number]) for number, _ in path}
            drawn = {number for number, direct in path if direct and number in self._drawn}
            self._collected |= drawn
            for known in (self._loaders.by_number(self._drawn[number]) for number in drawn - before):
                known.names |= loop.run.loop.names
                if {Backward, Step} <= kinds:
                    # What is trained on by mistake, or to adapt to it, need not be shuffled.
                    known.trains = known.trains or not is_evaluation_data(known.data)
                    known.evaluates = known.evaluates or is_evaluation_data(known.data)
                elif Forward in kinds and not kinds & {Backward, Step}:
                    known.evaluates = True
                    place = _functions(loop.run)
                    shown = is_shown_by_name(known.data, place)
                    known.shows_evaluation = known.shows_evaluation or shown
                    known.scored = known.scored or (shown and scores_samples(known.data, place))
                elif not kinds & {Backward, Step}:
                    known.read = True

    def _collect_unseen_uses(self, loop: SeenLoop) -> None:
        """In a loop of a library's, what happens after a batch was drawn, and before others are, is done with it."""
        for path in loop.paths:
            drawn: list[SeenLoader] = []
            kinds: set[type] = set()
            for number, direct in (*path, (-1, True)):
                if not direct:
                    continue
                loader = self._drawn.get(number)
                if (loader is not None or number < 0) and kinds:
                    self._use(drawn, kinds)
                    drawn, kinds = [], set()
                if loader is not None:
                    drawn.append(self._loaders.by_number(loader))
                elif number >= 0 and drawn:
                    kinds.add(type(self.events[number]))

    def _use(self, drawn: list[SeenLoader], kinds: set[type]) -> None:
        for known in drawn:
            if {Backward, Step} <= kinds:
                known.trains = known.trains or not is_evaluation_data(known.data)
            elif Forward in kinds and not kinds & {Backward, Step}:
                known.evaluates = True

    def _drawn_in(self, path: Path) -> list[SeenLoader]:
        numbers = {self._drawn[number] for number, direct in path if direct and number in self._drawn}
        return [self._loaders.by_number(number) for number in sorted(numbers)]

    def training(self, loop: SeenLoop) -> TrainingIteration:
        """The fact of a loop that trains."""
        run = loop.run
        periodic = self._periodic(run)
        events = {
            number: replace(event, periodic=periodic.get(number, No))
            for number, event in enumerate(self.events)
            if isinstance(event, Event)
        }
        paths = self._latest(run) or [path for path in loop.paths if self._has_training(path)] or loop.paths
        ways = dict.fromkeys(
            tuple(number for number, _ in path if number in events) for path in _without_unsampled(paths, self.events)
        )
        known = [each for path in paths for each in self._drawn_in(path)]
        by_hand = tuple(gradient_accesses(run.loop)) if run.loop is not None else ()
        return TrainingIteration(
            site=self._place(run, paths),
            via=tuple(spot.site for spot in run.via),
            loop=Answer.of(run.loop is not None or run.count >= REPEATED),
            ways=tuple(Way((*(events[number] for number in way), *by_hand)) for way in ways if way),
            complete=self._complete(run),
            loader=shortest(known[0].names) if known else "",
            around=tuple(self._around(run)),
            gathered=frozenset(self._gathered(run)),
            on_evaluation_data=trains_on_held_out(TrainingLoop(tuple(each.data for each in known), _functions(run))),
        )

    def _latest(self, run: LoopRun) -> list[Path]:
        """The paths that train since the run changed for good: a mistake may begin late, and is to be seen then."""
        latest = run.latest_paths()
        return [path for path, number in run.paths.items() if number in latest and self._has_training(path)]

    def _gathered(self, run: LoopRun) -> Iterator[Site]:
        """Where gradients are computed and cleared in the loops inside this one that go over the batches of a step."""
        for loop in self.all.values():
            header = loop.run.loop
            if header is None or not self._is_inside(loop.run, run) or Backward not in loop.kinds or Step in loop.kinds:
                continue
            names = header.names | loop_around(header).variables
            draws = any(direct and number in self._drawn for path in loop.paths for number, direct in path)
            if gathers(InnerLoop(names, counts(header), draws)) is Yes:
                found = [event for path in loop.paths for kind in (Backward, Clear) for event in self._of(path, kind)]
                yield from (event.site for event in found)

    def _is_inside(self, inner: LoopRun, outer: LoopRun) -> bool:
        around = inner.outer
        while around is not None and around is not outer:
            around = around.outer
        return around is outer

    def _complete(self, run: LoopRun) -> Answer:
        """Whether all ways are known: not where there were too many, or the first iteration was cut off."""
        cut_off = run.loop is not None and not any(self._has_training(path) for path in run.paths)
        return Unknown if cut_off or len(run.paths) >= MOST_PATHS else Yes

    def single_batches(
        self, loop: SeenLoop, trace: Trace[Recorded], fed_by_hand: dict[int, int]
    ) -> Iterator[SingleBatch]:
        """The batches drawn by hand that alone feed this loop."""
        run = loop.run
        paths = [path for path in loop.paths if self._has_training(path) and self._of(path, Forward)]
        drawn = {number for path in loop.paths for number, _ in path if number in self._drawn}
        draws = {fed_by_hand.get(number, -1) for path in paths for number in self._on_data(path)}
        if len(draws) != 1 or run.count < REPEATED or drawn - draws:
            return
        draw = trace.events[draws.pop()]
        if not isinstance(draw, Drawn):
            return
        known = self._loaders.by_number(draw.loader)
        names = known.data.names | names_drawn_from(draw.spots[-1])
        batch = DrawnBatch(place_of(draw.spots), names, known.batches == 1, _functions(run))
        yield SingleBatch(
            site=draw.spots[-1].site,
            via=tuple(spot.site for spot in draw.spots[:-1]),
            loader=shortest(names),
            trains=Yes,
            inside_loop=Answer.of(bool(drawn)),
            deliberate=is_sanity_check(batch),
        )

    def epochs(self, loop: SeenLoop) -> Iterator[EpochLoop]:
        """The loop around this one, where a distributed sampler draws for it, as it was seen to begin its epochs."""
        outer = loop.run.outer
        while outer is not None and outer.loop is not None and not outer.loop.is_statement:
            outer = outer.outer
        drawn = {each.number: each for path in loop.paths for each in self._drawn_in(path)}
        for known in drawn.values():
            sampler = known.drawn_by
            if outer is None or outer.loop is None or sampler is None or sampler.distributed is not Yes:
                continue
            called = any(self._of(path, SetEpoch) for path in self.all[id(outer)].paths)
            again = len(known.epochs) > 1
            yield EpochLoop(
                site=outer.loop.site,
                via=tuple(spot.site for spot in outer.via),
                shuffles=sampler.shuffles,
                sets_epoch=Yes if called or len(set(known.epochs)) > 1 else Answer.of(False if again else None),
                sampler=sampler.name,
                called=expression_of_sampler(sampler.names, known.names),
            )

    def waits(self, loop: SeenLoop) -> Iterator[Synchronisation]:
        """What every iteration of this loop reads."""
        paths = [{number for number, direct in path if direct} for path in loop.paths if self._has_training(path)]
        if loop.run.count < REPEATED or not paths:
            return
        for number in sorted(set.intersection(*paths) & self._reads.keys()):
            read = self._reads[number]
            yield Synchronisation(site=read.site, via=read.via, call=read.call)

    def _on_data(self, path: Path) -> list[int]:
        found = ((number, self.events[number]) for number, _ in path)
        return [number for number, event in found if isinstance(event, Forward) and event.on_data is Yes]

    def _place(self, run: LoopRun, paths: list[Path]) -> Site:
        if run.loop is not None:
            return run.loop.site
        first = next(event for path in paths for event in self._of(path, Step))
        return first.via[0] if first.via else first.site

    def _of(self, path: Path, kind: type[Event]) -> list[Event]:
        return [event for number, _ in path if isinstance(event := self.events[number], kind)]

    def _around(self, run: LoopRun) -> Iterator[Event]:
        """The events of the loops around this one, outside it."""
        outer = run.outer
        while outer is not None:
            seen: set[int] = set()
            for path in self.all[id(outer)].paths:
                for number, direct in path:
                    event = self.events[number]
                    if direct and number not in seen and isinstance(event, Event):
                        seen.add(number)
                        yield event
            outer = outer.outer

    def _periodic(self, run: LoopRun) -> dict[int, Answer]:
        """Which events come only in every k-th iteration. Of forward calls, seen in sampled steps, it is not known."""
        paths, latest = list(run.paths), run.latest_paths()
        iterations = [paths[each] for each in run.iterations if each in latest and self._has_training(paths[each])]
        at: dict[int, list[int]] = {}
        for index, path in enumerate(iterations):
            for number in {number for number, _ in path}:
                at.setdefault(number, []).append(index)
        return {
            number: Unknown if isinstance(self.events[number], Forward) else _spaced(places, len(iterations))
            for number, places in at.items()
        }

    def passes_without_training(self, loop: SeenLoop) -> SeenLoop:
        """What a loop that trains does with the loaders on which it does not: one loop may run all phases."""
        trained = {each.number for path in loop.paths if self._has_training(path) for each in self._drawn_in(path)}
        drawn = [(path, {each.number for each in self._drawn_in(path)}) for path in loop.paths]
        return replace(loop, paths=[path for path, numbers in drawn if numbers and not numbers & trained])

    def evaluation(self, loop: SeenLoop) -> Iterator[Evaluation]:
        """The fact of a loop that evaluates, if it shows itself as one."""
        run, text = loop.run, loop.run.loop
        # A loop that was left in its first iteration may have been about to train.
        if text is None or not text.is_statement or not run.paths:
            return
        known = {each.number: each for path in loop.paths for each in self._drawn_in(path)}
        data = [each.data for each in known.values()]
        names = text.names.union(*(each.names for each in data))
        found = [event for path in loop.paths for event in self._of(path, Event)]
        every = [event for event in found if isinstance(event, Forward)]
        by_name = not known and any(map(is_data_name, text.names))
        forwards = [replace(event, on_data=Yes) if by_name else event for event in every]
        forwards = [event for event in forwards if event.on_data is Yes]
        if not (known or by_name) or not forwards:
            return
        seen = ForwardLoop(
            Data(names, frozenset[str]().union(*(each.of_dataset for each in data))),
            _functions(run),
            in_eval_mode=all(forward.training is No for forward in forwards),
            without_gradients=all(forward.gradients is No for forward in forwards),
            measures=any(isinstance(event, LossComputed) for event in found),
        )
        if evaluates(seen) is not Yes:
            return
        for each in known.values():
            each.scored = each.scored or scores_samples(seen.data, seen.place)
        yield Evaluation(
            site=text.site,
            via=tuple(spot.site for spot in run.via),
            forwards=tuple(dict.fromkeys(forwards)),
            also_trains=Answer.of(text.site in self._training_sites),
        )


def _functions(run: LoopRun) -> Place:
    """The functions in which a loop is run; what conditions it stands under is not known from the events in it."""
    spots = (*run.via, run.function) if run.function else run.via
    return Place(place_of(spots).functions)


def _depth(run: LoopRun) -> int:
    return 0 if run.outer is None else 1 + _depth(run.outer)


def _without_unsampled(paths: list[Path], events: list[Event | None]) -> list[Path]:
    """The paths without those that are another one seen less closely, without its forward calls."""

    def rest(path: Path) -> Path:
        return tuple(each for each in path if not isinstance(events[each[0]], Forward))

    close = {rest(path) for path in paths if rest(path) != path}
    return [path for path in paths if rest(path) != path or path not in close]


def _spaced(places: list[int], iterations: int) -> Answer:
    """Whether what happens in these of so many iterations happens in every k-th."""
    if len(places) == iterations:
        return No
    if len(places) == 1:
        return Answer.of((places[0] > 0 and iterations - places[0] <= places[0] + 1) or None)
    gaps = sorted(after - before for before, after in pairwise(places))
    return Yes if gaps[len(gaps) // 2] > 1 else Unknown
