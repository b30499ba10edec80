"""Schedulers that were built, and whether the run, or a place that it did not reach, steps them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import Step
from torchlint.facts.fact import Fact
from torchlint.facts.schedule import Scheduler
from torchlint.facts.site import Site
from torchlint.knowledge.optimizers import SCHEDULERS
from torchlint.live.loops.recorded import Recorded
from torchlint.live.objects.identity import Identities, WeakMap
from torchlint.live.stream.events import LoaderIterated, SchedulerInitStarted, SchedulerStepped, StepStarted
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here, builders, innermost, spots_of
from torchlint.live.stream.trace import LoopRun, Trace
from torchlint.live.text.constructions import expression_of, names_of_result
from torchlint.live.text.pages import Page
from torchlint.live.text.spots import Spot
from torchlint.live.text.steps import scheduler_steps

FEWEST = 3
"""So many iterations of a loop that steps itself show that it goes on without the scheduler."""


@dataclass(slots=True)
class _Building:
    """A scheduler that was built: by which calls, for which optimizer, and whether it was stepped or handed on."""

    name: str
    spots: tuple[Spot, ...]
    optimizer: int
    factor: float | None = None
    stepped: Answer = No


class Schedulers(Observer):
    """Knows the schedulers of torch's own classes; what a class of the user's does is the user's affair.

    `_called` are the optimizers that the user's own text steps, by number: of those in a framework's loop it is not
    known when their schedulers are due.
    """

    skips_repeats = True

    def __init__(self, trace: Trace[Recorded], identities: Identities) -> None:
        self._trace = trace
        self._identities = identities
        self._built: list[_Building] = []
        self._known: WeakMap[_Building] = WeakMap()
        self._called: dict[int, set[Page]] = {}
        self._seen: set[tuple[int, Spot]] = set()
        self._reached: set[Site] = set()
        self._read: WeakMap[int] = WeakMap()
        self._epochs = 0

    @on(SchedulerInitStarted)
    def scheduler_init_started(self, event: SchedulerInitStarted, here: Here) -> None:
        """A scheduler is being built; it steps those that it is given."""
        kind = type(event.scheduler)
        given = list(_flat((*event.arguments, *event.keywords.values())))
        for each in given:
            if isinstance(each, LRScheduler):
                self._mark(each, Unknown)
        optimizer = next((each for each in given if isinstance(each, Optimizer)), None)
        spots = builders(here.chain, kind)
        if optimizer is not None and spots and kind.__module__.startswith("torch."):
            made = _Building(kind.__name__, spots, self._identities.number(optimizer), _factor(event))
            self._built.append(made)
            self._known[event.scheduler] = made

    @on(SchedulerStepped)
    def scheduler_stepped(self, event: SchedulerStepped, here: Here) -> None:
        """A scheduler steps."""
        self._reached.add(here())
        self._mark(event.scheduler, Yes)

    @on(StepStarted)
    def step_started(self, event: StepStarted, here: Here) -> None:
        """An optimizer steps, where the user's text says so or within a framework."""
        spot = innermost(here.chain)
        number = self._identities.number(event.optimizer)
        if spot is not None and self._built and (number, spot) not in self._seen:
            self._seen.add((number, spot))
            if spot.calls("step"):
                self._called.setdefault(number, set()).update(each.page for each in spots_of(here.chain))

    @on(LoaderIterated)
    def loader_iterated(self, event: LoaderIterated, here: Here) -> None:
        """Where a loader is gone through again, an epoch is over."""
        passes = self._read[event.loader] = (self._read.get(event.loader) or 0) + 1
        self._epochs = max(self._epochs, passes - 1)

    def finish(self) -> Iterable[Fact]:
        """One fact for each."""
        trained = set(self._trained())
        for each in self._built:
            stepped = each.stepped
            pages = self._called.get(each.optimizer, set()) | {spot.page for spot in each.spots}
            if stepped is No and any(self._steps_unreached(page, names_of_result(each.spots)) for page in pages):
                stepped = Unknown
            yield Scheduler(
                site=each.spots[-1].site,
                via=tuple(spot.site for spot in each.spots[:-1]),
                name=each.name,
                trains=Answer.of(each.optimizer in trained and each.optimizer in self._called),
                stepped=stepped,
                factor=each.factor,
                factor_site=_site_of_factor(each),
            )

    def _mark(self, scheduler: Any, stepped: Answer) -> None:
        known = self._known.get(scheduler)
        if known is not None and known.stepped is not Yes:
            known.stepped = stepped

    def _steps_unreached(self, page: Page, names: frozenset[str]) -> bool:
        """Whether the text steps a scheduler at a place where this run stepped none."""
        return any(site not in self._reached for site in scheduler_steps(page, names))

    def _trained(self) -> Iterator[int]:
        """The optimizers that step in an outermost loop of which whole turns were seen."""
        for run, open_path in self._trace.runs():
            if run.loop is not None and run.loop.is_statement and not _is_inner(run):
                steps = {
                    (event.optimizer, direct)
                    for path in (*run.paths, open_path)
                    for number, direct in path
                    if isinstance(event := self._trace.events[number], Step)
                }
                turns = max(run.count, self._epochs)
                yield from (optimizer for optimizer, direct in steps if turns >= (FEWEST if direct else 1))


def _factor(event: SchedulerInitStarted) -> float | None:
    """What a scheduler that is being built multiplies the rate by."""
    kind = SCHEDULERS.get(type(event.scheduler).__name__)
    if kind is None or kind.factor is None:
        return None
    name, position = kind.factor
    given = event.keywords.get(name, event.arguments[position] if len(event.arguments) > position else None)
    return float(given) if isinstance(given, (int, float)) else None


def _site_of_factor(built: _Building) -> Site | None:
    kind = SCHEDULERS.get(built.name)
    given = expression_of(built.spots, *kind.factor) if kind is not None and kind.factor is not None else None
    return None if given is None else built.spots[-1].page.site(given)


def _flat(values: Iterable[Any]) -> Iterator[Any]:
    for each in values:
        yield from each if isinstance(each, (list, tuple)) else (each,)


def _is_inner(run: LoopRun) -> bool:
    outer = run.outer
    while outer is not None:
        if outer.loop is not None and outer.loop.is_statement:
            return True
        outer = outer.outer
    return False
