"""Detects schedulers that are built for an optimizer that steps, and whether anything steps them."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import Unseen
from torchlint.facts.schedule import Scheduler
from torchlint.knowledge.optimizers import SCHEDULERS
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.steps.escapes import Escapes
from torchlint.source.paper.detect.steps.numbers import number_given, site_of_argument
from torchlint.source.paper.detect.steps.optimizers import Optimizers
from torchlint.source.paper.detect.steps.reach import reachable
from torchlint.source.paper.domain.values import Kind, Opaque, Thing, options
from torchlint.source.paper.occurrences.layers import Built
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.occurrences.training import SchedulerCalled
from torchlint.source.paper.python.conditions import are_exclusive, options_chosen
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.condition import Condition

CHANGES_NOTHING = frozenset("get_last_lr get_lr load_state_dict print_lr state_dict".split())
"""Methods of a scheduler that leave the rate as it is."""


@dataclass(frozen=True, slots=True)
class Building:
    """A scheduler that was built, and the program that built it, for what options."""

    made: Thing
    program: int
    path: str
    chosen: frozenset[tuple[Condition, bool]]


class UnsteppedSchedulers(Detector):
    """Schedulers, by the calls that may step them; `_stepped` holds the numbers of those that something steps.

    `_programs` are the programs in which something steps a scheduler that is not known, so that it may be any.
    """

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._escapes = self.share(Escapes)
        self._built: dict[int, Building] = {}
        self._stepped: set[int] = set()
        self._programs: set[int] = set()
        self._optimizers = self.share(Optimizers)

    @listens
    def collect_scheduler(self, built: Built) -> None:
        """Remember a scheduler of a library."""
        made = built.made
        if made.kind is Kind.SCHEDULER and made.of is None:
            self._escapes.wanted = True
            chosen = options_chosen(self.machine)
            self._built[made.number] = Building(made, self.machine.budget.entry, self.machine.bus.path, chosen)

    @listens
    def collect_call(self, called: SchedulerCalled) -> None:
        """Remember that a scheduler is stepped, or may be; one that is not known may be any of its program.

        Of several, those are not stepped that were built for other options.
        """
        if called.method in CHANGES_NOTHING:
            return
        self.remember()
        chosen = options_chosen(self.machine)
        for each in reachable(self.machine, iter((called.scheduler,))):
            building = self._built.get(each.number)
            if building is not None and not are_exclusive(building.chosen, chosen):
                self._stepped.add(each.number)
        if any(isinstance(each, Opaque) and not each.among for each in options(called.scheduler)):
            self._programs.add(self.machine.budget.entry)

    @listens
    def collect_unseen(self, unseen: Unseen) -> None:
        """What was not looked into and is named for it may step a scheduler too."""
        if unseen.steps is not No:
            self._programs.add(self.machine.budget.entry)

    @listens
    def emit_schedulers(self, _: ProjectEnded) -> None:
        """Tell of the schedulers."""
        for each in self._built.values():
            made, kind = each.made, SCHEDULERS.get(each.made.last)
            factor = kind.factor if kind is not None else None
            optimizer = made.arguments.get("optimizer", 0)
            numbers = {option.number for option in options(optimizer)} if optimizer is not None else set()
            if made.site is not None:
                fact = Scheduler(
                    site=made.site,
                    via=made.via,
                    name=made.last,
                    trains=Answer.of(not numbers.isdisjoint(self._optimizers.stepped_in_loops)),
                    stepped=self._is_stepped(each),
                    factor=number_given(made.arguments, *factor) if factor else None,
                    factor_site=site_of_argument(made.site, made.arguments, *factor) if factor else None,
                )
                self.emit(fact, made.number)

    def _is_stepped(self, building: Building) -> Answer:
        machine, made = self.machine, building.made
        if made.number in self._stepped:
            return Yes
        unknown = building.program in self._programs | self._escapes.programs
        gave_up = building.path in machine.budget.gave_up
        return Unknown if unknown or gave_up or self._escapes.may_step(made) else No
