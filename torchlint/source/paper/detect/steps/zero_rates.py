"""Detects optimizers, the learning rate that they are built with, and whether anything else sets it."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, No, Unknown
from torchlint.facts.schedule import ZeroRate
from torchlint.knowledge.optimizers import MULTIPLYING, RATE
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.steps.escapes import Escapes
from torchlint.source.paper.detect.steps.numbers import number_given, site_of_argument
from torchlint.source.paper.detect.steps.optimizers import Optimizers
from torchlint.source.paper.domain.values import Kind, Literal, Many, Table, Thing, Value, options
from torchlint.source.paper.occurrences.layers import Built
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.containers import items_of, table_of


@dataclass(frozen=True, slots=True)
class Building:
    """An optimizer that was built, the program that built it, and whether its groups may have rates of their own."""

    made: Thing
    program: int
    path: str
    other_rates: Answer


class ZeroRates(Detector):
    """Optimizers of a library that are built with a rate of 0; of no other it is worth asking what else sets it."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._escapes = self.share(Escapes)
        self._built: list[Building] = []
        self._schedulers: list[tuple[Thing, int]] = []
        self._optimizers = self.share(Optimizers)

    @listens
    def collect_built(self, built: Built) -> None:
        """Remember an optimizer, and what schedules there are."""
        made = built.made
        if made.kind is Kind.SCHEDULER:
            self._schedulers.append((made, self.machine.budget.entry))
        elif made.kind is Kind.OPTIMIZER and made.of is None and number_given(made.arguments, *RATE) == 0:
            self._escapes.wanted = True
            other_rates = self._has_other_rates(made.arguments.get("params", 0))
            self._built.append(Building(made, self.machine.budget.entry, self.machine.bus.path, other_rates))

    @listens
    def emit_rates(self, _: ProjectEnded) -> None:
        """Tell of the optimizers."""
        for each in self._built:
            made = each.made
            site = site_of_argument(made.site, made.arguments, *RATE) if made.site is not None else None
            if site is not None:
                fact = ZeroRate(
                    site=site,
                    via=made.via,
                    trains=Answer.of(made.number in self._optimizers.stepped_in_loops),
                    changed=each.other_rates if each.other_rates is not No else self._is_changed(each),
                )
                self.emit(fact, made.number)

    def _has_other_rates(self, parameters: Value | None) -> Answer:
        """Whether groups of parameters may have rates of their own."""
        if not isinstance(parameters, Many):
            return No
        groups = [each for item in items_of(self.machine.state, parameters) for each in options(item)]
        return Answer.of(any(isinstance(each, Table) and "lr" in table_of(self.machine.state, each) for each in groups))

    def _is_changed(self, building: Building) -> Answer:
        """Whether anything sets the rate: a schedule that begins elsewhere, or whoever has the groups."""
        machine, made = self.machine, building.made
        has_groups = any(machine.was_touched(made, name) for name in ("param_groups", "add_param_group"))
        if made.number in self._escapes.numbers or has_groups or building.path in machine.budget.gave_up:
            return Unknown
        beside = [each for each, program in self._schedulers if program == building.program]
        return Answer.of(any(self._sets(each, made) for each in beside))

    def _sets(self, scheduler: Thing, optimizer: Thing) -> bool:
        """Whether a scheduler may set the rate to something that does not depend on what it was."""
        given = scheduler.arguments.get("optimizer", 0)
        of_it = (
            given is None
            or isinstance(given, Literal)
            or any(not isinstance(each, Thing) or each.number == optimizer.number for each in options(given))
        )
        return of_it and (scheduler.of is not None or scheduler.last not in MULTIPLYING)
