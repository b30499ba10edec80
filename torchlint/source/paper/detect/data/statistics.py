"""Detects statistics of data that is split later: scalers that are fitted, means that are taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from torchlint.facts.data import WholeDataStatistics
from torchlint.facts.site import Site
from torchlint.intent.splits import is_named_as_part, mention_training
from torchlint.knowledge.data import DATA_SCALERS, MOMENTS, SPLITS
from torchlint.source import syntax
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.values import Literal, Many, Opaque, Value, options
from torchlint.source.paper.occurrences.calls import Assigned, CallReturned, Operated
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.containers import items_of

_TELLING = MOMENTS | SPLITS | {"fit", "fit_transform"}


@dataclass(frozen=True, slots=True)
class Statistic:
    """A call that takes a statistic of data."""

    site: Site
    call: str


class StatisticsBeforeSplit(Detector):
    """Data that carries a statistic of all of it, from the call that took it to a split, by the number of the value.

    `_moments` are means and deviations, by their own number: of which data, and where. Operations and assignments
    are listened to only from the first of these on, for there are many.
    """

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._measured: dict[int, Statistic] = {}
        self._moments: dict[int, tuple[int, Site]] = {}
        self._follows = False

    @listens
    def follow_call(self, called: CallReturned) -> None:
        """Follow the data through a call: what is made of data that a statistic was taken of carries it."""
        if called.name in _TELLING:
            self._collect(called)
        if self._measured and not isinstance(called.result, Literal):
            self._carry([*([called.owner] if called.owner is not None else []), *called.arguments], called.result)

    def follow_operation(self, operated: Operated) -> None:
        """Data from which its own mean is taken away, or that is divided by its own deviation, carries both."""
        numbers = {each.number for each in operated.values}
        for each in operated.values:
            of, site = self._moments.get(each.number, (0, None))
            if site is not None and of in numbers:
                self._measured[operated.result.number] = Statistic(site, "mean")
        self._carry(operated.values, operated.result)

    def follow_slice(self, assigned: Assigned) -> None:
        """`train = data[:n]` splits what was measured as a whole, and so does `data[train_rows]`."""
        match assigned.statement:
            case syntax.Assign(targets=[syntax.Name(id=target)], value=value) if value is not None:
                self._follow_part(target, value)
            case syntax.Assign(targets=[syntax.Collection(items=targets)], value=syntax.Collection(items=values)):
                for each, value in zip(targets, values, strict=False):
                    self._follow_part(each.id if isinstance(each, syntax.Name) else "", value)

    def _follow_part(self, target: str, value: syntax.Expression) -> None:
        match value:
            case syntax.Subscript(value=syntax.Name(id=source), index=index):
                rows = index.items[0] if isinstance(index, syntax.Collection) and index.items else index
                held = self.machine.lookup(source)
                if held is not None and _is_part(target, rows):
                    self._emit_split([held])

    def _collect(self, called: CallReturned) -> None:
        self.remember()
        owner, arguments = called.owner, called.arguments
        first = arguments.positional[0] if arguments.positional else None
        if called.name in SPLITS:
            self._emit_split(arguments)
        elif called.name in MOMENTS:
            data = first if first is not None and not isinstance(first, Literal) else owner
            if data is not None and _is_whole(self.machine, data):
                self._moments[called.result.number] = (data.number, called.site)
                self._follow()
        elif (
            isinstance(owner, Opaque)
            and owner.name in DATA_SCALERS
            and first is not None
            and _is_whole(self.machine, first)
        ):
            self._measured[first.number] = Statistic(called.site, called.name)
            if called.name == "fit_transform":
                self._measured[called.result.number] = Statistic(called.site, called.name)
            self._follow()

    def _follow(self) -> None:
        """Listen to all through which data can pass."""
        if not self._follows:
            self._follows = True
            listener, bus = type(self).__name__, self.machine.bus
            bus.subscribe(listener, Operated, self.follow_operation)
            bus.subscribe(listener, Assigned, self.follow_slice)

    def _carry(self, given: Iterable[Value], result: Value) -> None:
        for each in given:
            for option in options(each):
                measured = self._measured.get(option.number)
                if measured is not None:
                    self._measured.setdefault(result.number, measured)

    def _emit_split(self, given: Iterable[Value]) -> None:
        for each in given:
            for option in items_of(self.machine.state, each) if isinstance(each, Many) else options(each):
                measured = self._measured.get(option.number)
                if measured is not None:
                    via = tuple(self.machine.via)
                    self.emit(
                        WholeDataStatistics(site=measured.site, via=via, call=measured.call),
                        option.number,
                    )


def _is_part(target: str, rows: syntax.Expression) -> bool:
    """Whether the rows are one end of the data, under such a name, or are named for one part of it themselves."""
    match rows:
        case syntax.Slice(lower=lower, upper=upper):
            return (lower is None) != (upper is None) and is_named_as_part(target)
        case syntax.Name(id=name):
            return is_named_as_part(name)
        case syntax.Operation(operator="~", operands=[syntax.Name(id=name)]):
            return is_named_as_part(name)
    return False


def _is_whole(machine: Machine, data: Value) -> bool:
    return not mention_training(machine.names_of(data))
