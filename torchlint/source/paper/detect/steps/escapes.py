"""The optimizers and schedulers that what was not read may step or change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from torchlint.source import syntax
from torchlint.source.paper.detect.detector import Analysis, listens
from torchlint.source.paper.detect.steps.reach import reachable
from torchlint.source.paper.domain.values import Kind, Routine, Thing, Value, options
from torchlint.source.paper.occurrences.calls import AttributeAssigned, CallUnread
from torchlint.source.paper.occurrences.layers import Built
from torchlint.source.paper.occurrences.program import EntryEnded, FunctionRan
from torchlint.source.paper.python.machine import Machine
from torchlint.source.walk import parts_of, words_in

KINDS = (Kind.OPTIMIZER, Kind.SCHEDULER)


class Escapes(Analysis):
    """What a program handed out of sight since somebody `wanted` to know: `numbers` of optimizers and schedulers.

    `programs` are those that handed on a function which steps something.
    """

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.numbers: set[int] = set()
        self.programs: set[int] = set()
        self.wanted = False

    @listens
    def collect_part(self, built: Built) -> None:
        """What is given to another object of a library, that may step it; a scheduler has an optimizer in sight."""
        if self.wanted and built.made.of is None and built.made.kind is not Kind.OPTIMIZER:
            self._escape(built.made.arguments, beside=built.made)

    @listens
    def collect_unread(self, unread: CallUnread) -> None:
        """What is handed to a call that was not read."""
        if self.wanted:
            self._escape(unread.arguments)

    @listens
    def collect_attribute(self, assigned: AttributeAssigned) -> None:
        """What an object of a library holds, whoever uses that library may step."""
        if self.wanted and not self.machine.modules.mains:
            self._escape(options(assigned.value))

    @listens
    def collect_returned(self, _: FunctionRan) -> None:
        """What a function gives back that nobody was seen to call may be stepped by its caller."""
        if self.wanted and not self.machine.via:
            self._escape(value for value, _ in self.machine.frame.returns)

    @listens
    def end_entry(self, _: EntryEnded) -> None:
        """The next program has to ask anew."""
        self.wanted = False

    def may_step(self, made: Thing) -> bool:
        """Whether an optimizer or scheduler may be stepped out of sight."""
        handed_on = made.number in self.numbers or self.machine.was_touched(made, "step")
        return handed_on or any(self._steps_unrun(made))

    def _steps_unrun(self, made: Thing) -> Iterator[bool]:
        """Whether functions that were not run, such as those handed on as callbacks, speak of stepping it."""
        names = self.machine.names_of(made) or frozenset((made.kind.value,))
        files = {site.file for site in (made.site, *made.via) if site is not None}
        for summary in (self.machine.project.modules[file].summary for file in files):
            if "step" in summary.words and not names.isdisjoint(summary.words):
                for function in _functions(summary.body):
                    if id(function) not in self.machine.budget.executed:
                        words = words_in(function)
                        yield "step" in words and not names.isdisjoint(words)

    def _escape(self, values: Iterable[Value], beside: Thing | None = None) -> None:
        for each in reachable(self.machine, iter(values)):
            if isinstance(each, Thing) and each.kind in KINDS:
                if beside is None or beside.kind is not Kind.SCHEDULER or each.kind is Kind.SCHEDULER:
                    self.numbers.add(each.number)
                    self.remember()
            elif isinstance(each, Routine) and "step" in words_in(each.definition):
                self.programs.add(self.machine.budget.entry)


def _functions(node: object) -> Iterator[syntax.Function | syntax.Lambda]:
    for part in parts_of(node):
        if isinstance(part, (syntax.Function, syntax.Lambda)):
            yield part
        yield from _functions(part)
