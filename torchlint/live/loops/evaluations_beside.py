"""Evaluations that have no loop of their own: they stand beside what trains, in its loop or behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from torchlint.facts.answer import No, Yes
from torchlint.facts.event import Backward, Event, Forward, LossComputed, Step
from torchlint.facts.run import Evaluation
from torchlint.intent.evaluation import is_shown_by_name
from torchlint.intent.held_out import Data
from torchlint.intent.place import NO_NAMES, Place
from torchlint.live.loops.recorded import SeenLoop
from torchlint.live.text.spots import Pages
from torchlint.live.text.surroundings import names_around

Events = Sequence[Event | None]
"""The events of a trace by number, None for what is no event of an iteration."""


def evaluations_beside(loop: SeenLoop, events: Events, pages: Pages) -> Iterator[Evaluation]:
    """The forward calls beside what trains, in its loop, in a library's or behind it, that show that they evaluate.

    Names show it: those of the function, and of what is given to the model. Behind all loops, a loss is measured.
    """
    run, trained = loop.run, {Step, Backward}
    if not trained <= loop.kinds:
        return
    trains_itself = bool(trained & loop.direct)
    in_library = run.loop is None and trained <= loop.direct
    for number in _beside_training(loop, events, in_library=in_library):
        forward = events[number]
        assert isinstance(forward, Forward)
        names = names_around(pages(forward.site.file), forward.site.line)
        data = NO_NAMES if in_library else names.given if trains_itself or run.loop is None else names.used
        if is_shown_by_name(Data(data), Place((names.function,))):
            yield Evaluation(site=forward.site, via=forward.via, forwards=(replace(forward, on_data=Yes),))


def _beside_training(loop: SeenLoop, events: Events, *, in_library: bool) -> list[int]:
    """The forward calls of a loop that are in no inner one, and that no backward learns from."""
    found: dict[int, None] = {}
    learned: set[int] = set()
    behind = loop.run.loop is None and not in_library
    for path in loop.paths:
        numbers = [number for number, _ in path]
        for place, (number, direct) in enumerate(path):
            if not direct or not isinstance(events[number], Forward):
                continue
            # Of what stands behind all loops, only a backward that stands there too can learn.
            after = [events[each] for each, outside in path[place + 1 :] if outside or not behind]
            before = (events[each] for each in numbers[:place])
            if not behind or (_is_measured(after) and any(isinstance(each, Step) for each in before)):
                found[number] = None
            if not in_library and _learns_from(events[number], after, behind=behind):
                learned.add(number)
    return [number for number in found if number not in learned]


def _learns_from(event: Event | None, after: Events, *, behind: bool) -> bool:
    """Whether a backward may learn from a forward call: it comes next, or after another one; behind all loops, ever."""
    if behind:
        return any(isinstance(each, Backward) for each in after)
    following = next((each for each in after if isinstance(each, (Forward, Backward, Step))), None)
    alone = isinstance(event, Forward) and event.gradients is No
    return isinstance(following, Backward) or (isinstance(following, Forward) and not alone)


def _is_measured(after: Events) -> bool:
    """Whether a loss is what comes next."""
    return isinstance(next(iter(after), None), LossComputed)
