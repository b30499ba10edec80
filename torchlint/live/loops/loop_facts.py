"""The loops' stories as facts: which of them train, which evaluate, and what their loaders feed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from torchlint.facts.answer import Answer, No, Unknown, Yes, all_of
from torchlint.facts.data import SingleBatch
from torchlint.facts.event import (
    Backward,
    BuildOptimizer,
    Event,
    Forward,
    LossComputed,
    Metric,
    SetEpoch,
    Step,
)
from torchlint.facts.fact import Fact
from torchlint.facts.hygiene import Synchronisation
from torchlint.facts.run import EpochLoop, Evaluation, TrainingIteration, Way
from torchlint.facts.site import Site
from torchlint.knowledge.names import (
    adapts_by_name,
    is_data_name,
    is_deliberate_name,
    named_for_evaluation,
    shows_evaluation,
)
from torchlint.live.loops.iterations import Drawn, Read, Told
from torchlint.live.loops.seeding import entry_of
from torchlint.live.objects.loaders import Known, Loaders
from torchlint.live.stream.trace import MOST_WAYS, Story, Trace
from torchlint.live.text.gradient_access import by_hand_in

Turn = tuple[tuple[int, bool], ...]
REPEATED = 3
"""So many turns show that something outside the user's files loops."""


def facts_of(trace: Trace[Told], loaders: Loaders, fed_by_hand: dict[int, int]) -> Iterator[Fact]:
    """Training iterations and evaluations. Loaders learn what their batches were used for."""
    yield from (told for told in trace.events if isinstance(told, Backward))
    # That an optimizer is built again is known from the second time on.
    yield from (told for told in trace.events if isinstance(told, BuildOptimizer) and told.again is not Unknown)
    telling = _Telling(trace, loaders)
    for tale in sorted(telling.tales.values(), key=lambda tale: -_depth(tale.story)):
        telling.note_loaders(tale)
    for tale in telling.tales.values():
        if tale.trains(telling):
            training = telling.training(tale)
            yield training
            if tale.story.loop is not None:
                yield entry_of(training, telling.before(tale))
            yield from telling.single_batches(tale, trace, fed_by_hand)
            yield from telling.epochs(tale)
            yield from telling.waits(tale)
        elif tale.story.loop is not None and not tale.kinds & {Step, Backward} and Forward in tale.kinds:
            yield from telling.evaluation(tale)


@dataclass(slots=True)
class _Tale:
    """A story with its turns: the one that goes on counts only where there is no other that trains."""

    story: Story
    turns: list[Turn]
    kinds: set[type]
    direct: set[type]

    def trains(self, telling: _Telling) -> bool:
        loop = self.story.loop
        if loop is None:
            return {Step, Backward} <= self.direct
        if not loop.is_statement:
            return False
        if Step in self.direct:
            return True
        return Backward in self.direct and Step not in self.kinds and not telling.steps_around(self.story)


class _Telling:
    def __init__(self, trace: Trace[Told], loaders: Loaders) -> None:
        self._events = [_event(told) for told in trace.events]
        self._drawn = {number: told.loader for number, told in enumerate(trace.events) if isinstance(told, Drawn)}
        self._reads = {number: told for number, told in enumerate(trace.events) if isinstance(told, Read)}
        self._loaders = loaders
        self._noted: set[int] = set()
        self.tales = {id(story): self._tale(story, current) for story, current in trace.stories()}

    def _tale(self, story: Story, current: Turn) -> _Tale:
        turns = list(story.ways)
        if current and not any(self._trains(turn) for turn in turns):
            turns.append(current)
        kinds, direct = set(), set()
        for number, is_direct in (moment for turn in turns for moment in turn):
            kind = type(self._events[number])
            kinds.add(kind)
            if is_direct:
                direct.add(kind)
        return _Tale(story, turns, kinds, direct)

    def _trains(self, turn: Turn) -> bool:
        return any(isinstance(self._events[number], (Step, Backward)) for number, _ in turn)

    def before(self, tale: _Tale) -> list[Event | None]:
        """What had happened when a loop was entered."""
        first = min((number for turn in tale.turns for number, _ in turn), default=0)
        return self._events[:first]

    def steps_around(self, story: Story) -> bool:
        """Whether a loop around this one steps, outside its other loops."""
        outer = story.outer
        while outer is not None and outer.loop is not None:
            if Step in self.tales[id(outer)].direct:
                return True
            outer = outer.outer
        return False

    def note_loaders(self, tale: _Tale) -> None:
        """What the batches that this loop draws are used for; those of a comprehension in it are told of already."""
        if tale.story.loop is None:
            return
        before = frozenset(self._noted)
        for turn in tale.turns:
            kinds = {type(self._events[number]) for number, _ in turn}
            drawn = {number for number, direct in turn if direct and number in self._drawn}
            self._noted |= drawn
            for known in (self._loaders.by_number(self._drawn[number]) for number in drawn - before):
                known.names |= tale.story.loop.names
                if {Backward, Step} <= kinds:
                    # What is trained on by mistake, or to adapt to it, need not be shuffled.
                    known.uses.add("evaluates" if _is_named_for_evaluation(known) else "trains")
                elif Forward in kinds and not kinds & {Backward, Step}:
                    known.uses.add("evaluates")

    def _drawn_in(self, turn: Turn) -> list[Known]:
        numbers = {self._drawn[number] for number, direct in turn if direct and number in self._drawn}
        return [self._loaders.by_number(number) for number in sorted(numbers)]

    def training(self, tale: _Tale) -> TrainingIteration:
        """The fact of a loop that trains."""
        story = tale.story
        periodic = self._periodic(story)
        events = {
            number: replace(event, periodic=periodic.get(number, No))
            for number, event in enumerate(self._events)
            if isinstance(event, Event)
        }
        turns = [turn for turn in tale.turns if self._trains(turn)] or tale.turns
        ways = dict.fromkeys(
            tuple(number for number, _ in turn if number in events) for turn in _without_unsampled(turns, self._events)
        )
        loop = story.loop
        known = [each for turn in turns for each in self._drawn_in(turn)]
        by_hand = tuple(by_hand_in(loop)) if loop is not None else ()
        return TrainingIteration(
            site=self._place(story, turns),
            via=tuple(spot.site for spot in story.via),
            loop=Answer.of(loop is not None or story.count >= REPEATED),
            ways=tuple(Way((*(events[number] for number in way), *by_hand)) for way in ways if way),
            complete=self._complete(story),
            loader=_shortest(known[0].names) if known else "",
            function=story.function.function if story.function is not None else "",
            around=tuple(self._around(story)),
            on_evaluation_data=_held_out(known, self._functions(story)),
        )

    def _complete(self, story: Story) -> Answer:
        """Whether all ways are known: not where there were too many, or the first turn was cut off."""
        cut_off = story.loop is not None and not any(self._trains(turn) for turn in story.ways)
        return Unknown if cut_off or len(story.ways) >= MOST_WAYS else Yes

    def single_batches(self, tale: _Tale, trace: Trace[Told], fed_by_hand: dict[int, int]) -> Iterator[SingleBatch]:
        """The batches drawn by hand that alone feed this loop."""
        story = tale.story
        turns = [turn for turn in tale.turns if self._trains(turn) and self._of(turn, Forward)]
        drawn = {number for turn in tale.turns for number, _ in turn if number in self._drawn}
        draws = {fed_by_hand.get(number, -1) for turn in turns for number in self._on_data(turn)}
        if len(draws) != 1 or story.count < REPEATED or drawn - draws:
            return
        told = trace.events[draws.pop()]
        if not isinstance(told, Drawn):
            return
        known = self._loaders.by_number(told.loader)
        names = {spot.function for spot in told.spots} | self._functions(story) | known.names
        yield SingleBatch(
            site=told.spots[-1].site,
            via=tuple(spot.site for spot in told.spots[:-1]),
            loader=_shortest(known.names),
            trains=Yes,
            inside_loop=Answer.of(bool(drawn)),
            deliberate=Answer.of(known.batches == 1 or any(map(is_deliberate_name, names))),
        )

    def epochs(self, tale: _Tale) -> Iterator[EpochLoop]:
        """The loop around this one, where a distributed sampler draws for it, as it was seen to begin its epochs."""
        outer = tale.story.outer
        while outer is not None and outer.loop is not None and not outer.loop.is_statement:
            outer = outer.outer
        drawn = {each.number: each for turn in tale.turns for each in self._drawn_in(turn)}
        for known in drawn.values():
            sampler = known.drawn_by
            if outer is None or outer.loop is None or sampler is None or sampler.distributed is not Yes:
                continue
            called = any(self._of(turn, SetEpoch) for turn in self.tales[id(outer)].turns)
            again = len(known.epochs) > 1
            yield EpochLoop(
                site=outer.loop.site,
                via=tuple(spot.site for spot in outer.via),
                shuffles=sampler.shuffles,
                sets_epoch=Yes if called or len(set(known.epochs)) > 1 else Answer.of(False if again else None),
            )

    def waits(self, tale: _Tale) -> Iterator[Synchronisation]:
        """What every turn of this loop reads."""
        turns = [{number for number, direct in turn if direct} for turn in tale.turns if self._trains(turn)]
        if tale.story.count < REPEATED or not turns:
            return
        for number in sorted(set.intersection(*turns) & self._reads.keys()):
            read = self._reads[number]
            yield Synchronisation(site=read.site, via=read.via, call=read.call, every_iteration=Yes)

    def _on_data(self, turn: Turn) -> list[int]:
        found = ((number, self._events[number]) for number, _ in turn)
        return [number for number, event in found if isinstance(event, Forward) and event.on_data is Yes]

    def _place(self, story: Story, turns: list[Turn]) -> Site:
        if story.loop is not None:
            return story.loop.site
        first = next(event for turn in turns for event in self._of(turn, Step))
        return first.via[0] if first.via else first.site

    def _of(self, turn: Turn, kind: type[Event]) -> list[Event]:
        return [event for number, _ in turn if isinstance(event := self._events[number], kind)]

    def _around(self, story: Story) -> Iterator[Event]:
        """The events of the loops around this one, outside it."""
        outer = story.outer
        while outer is not None:
            seen: set[int] = set()
            for turn in self.tales[id(outer)].turns:
                for number, direct in turn:
                    event = self._events[number]
                    if direct and number not in seen and isinstance(event, Event):
                        seen.add(number)
                        yield event
            outer = outer.outer

    def _periodic(self, story: Story) -> dict[int, Answer]:
        """Which events come only in every k-th turn. That is not known of models run, which are not always told of."""
        ways = list(story.ways)
        turns = [ways[index] for index in story.turns if self._trains(ways[index])]
        at: dict[int, list[int]] = {}
        for index, turn in enumerate(turns):
            for number in {number for number, _ in turn}:
                at.setdefault(number, []).append(index)
        return {
            number: Unknown if isinstance(self._events[number], Forward) else _spaced(places, len(turns))
            for number, places in at.items()
        }

    def _functions(self, story: Story) -> set[str]:
        spots = (*story.via, *([story.function] if story.function else []))
        return {spot.function for spot in spots if spot.function}

    def evaluation(self, tale: _Tale) -> Iterator[Evaluation]:
        """The fact of a loop that evaluates, if it shows itself as one."""
        story = tale.story
        loop = story.loop
        # A loop that was left in its first turn may have been about to train.
        if loop is None or not loop.is_statement or not story.ways:
            return
        known = {each.number: each for turn in tale.turns for each in self._drawn_in(turn)}
        names = set(loop.names).union(*(each.names | each.dataset.names for each in known.values()))
        found = [event for turn in tale.turns for event in self._of(turn, Event)]
        every = [event for event in found if isinstance(event, Forward)]
        by_name = not known and any(map(is_data_name, loop.names))
        forwards = [replace(event, on_data=Yes) if by_name else event for event in every]
        forwards = [event for event in forwards if event.on_data is Yes]
        if not (known or by_name) or not forwards:
            return
        shows_itself = shows_evaluation(
            names,
            self._functions(story),
            in_eval_mode=all(forward.training is No for forward in forwards),
            without_gradients=all(forward.gradients is No for forward in forwards),
            measures=any(isinstance(event, (Metric, LossComputed)) for event in found),
        )
        if not shows_itself:
            return
        yield Evaluation(
            site=loop.site,
            via=tuple(spot.site for spot in story.via),
            loop=Yes,
            forwards=tuple(dict.fromkeys(forwards)),
            needs_gradients=No,
            function=story.function.function if story.function is not None else "",
            loader=_shortest(set(loop.names)),
        )


def _held_out(loaders: list[Known], functions: set[str]) -> Answer:
    """Whether loaders give data that is held out for evaluation, and nothing says that learning from it is meant."""
    if not loaders or any(map(adapts_by_name, functions.union(*(each.names for each in loaders)))):
        return Unknown
    return all_of(Answer.of(_is_named_for_evaluation(each)) for each in loaders)


def _is_named_for_evaluation(loader: Known) -> bool:
    return named_for_evaluation(loader.names | loader.dataset.names)


def _depth(story: Story) -> int:
    return 0 if story.outer is None else 1 + _depth(story.outer)


def _event(told: Told) -> Event | None:
    match told:
        case Drawn() | Read():
            return None
    return told


def _without_unsampled(turns: list[Turn], events: list[Event | None]) -> list[Turn]:
    """The turns without those that are another one seen less closely, without its forward calls."""

    def rest(turn: Turn) -> Turn:
        return tuple(moment for moment in turn if not isinstance(events[moment[0]], Forward))

    close = {rest(turn) for turn in turns if rest(turn) != turn}
    return [turn for turn in turns if rest(turn) != turn or turn not in close]


def _spaced(places: list[int], turns: int) -> Answer:
    """Whether what happens in these of so many turns happens in every k-th."""
    if len(places) == turns:
        return No
    if len(places) == 1:
        return Answer.of((places[0] > 0 and turns - places[0] <= places[0] + 1) or None)
    gaps = sorted(after - before for before, after in pairwise(places))
    return Yes if gaps[len(gaps) // 2] > 1 else Unknown


def _shortest(names: set[str]) -> str:
    return min(names, key=lambda name: (len(name), name), default="")
