"""Statistics of data on paper: scalers that are fitted, means that are taken, and whether a split comes later."""

from __future__ import annotations

from collections.abc import Iterable

from torchlint.facts.data import WholeDataStatistics
from torchlint.facts.site import Site
from torchlint.knowledge.data import DATA_SCALERS, SPLITS
from torchlint.knowledge.names import evaluates_by_name, mentions_training, trains_by_name
from torchlint.source import syntax
from torchlint.source.paper.domain.values import Arguments, Literal, Many, Opaque, Value, options
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.containers import items_of

_MOMENTS = frozenset(("mean", "std", "nanmean", "nanstd"))
_TELLING = _MOMENTS | SPLITS | {"fit", "fit_transform"}


def follow_call(
    machine: Machine, name: str, owner: Value | None, arguments: Arguments, result: Value, site: Site
) -> None:
    """Follow the data through a call: what is made of data that a statistic was taken of carries it."""
    if name in _TELLING:
        _note(machine, name, owner, arguments, result, site)
    if machine.measured and not isinstance(result, Literal):
        _carry(machine, [*([owner] if owner is not None else []), *arguments], result)


def follow_arithmetic(machine: Machine, values: Iterable[Value], result: Value) -> None:
    """Data from which its own mean is taken away, or that is divided by its own deviation, carries both."""
    held = list(values)
    numbers = {each.number for each in held}
    for each in held:
        of, site = machine.moments.get(each.number, (0, None))
        if site is not None and of in numbers:
            machine.measured[result.number] = (site, "mean")
    _carry(machine, held, result)


def follow_slice(machine: Machine, statement: syntax.Assign) -> None:
    """`train = data[:n]` splits what was measured as a whole."""
    match statement:
        case syntax.Assign(
            targets=[syntax.Name(id=target)], value=syntax.Subscript(value=syntax.Name(id=source), index=index)
        ):
            rows = index.items[0] if isinstance(index, syntax.Collection) and index.items else index
            cut = isinstance(rows, syntax.Slice) and (rows.lower is None) != (rows.upper is None)
            held = machine.lookup(source)
            if cut and held is not None and (trains_by_name(target) or evaluates_by_name(target)):
                _note_split(machine, [held])


def _note(machine: Machine, name: str, owner: Value | None, arguments: Arguments, result: Value, site: Site) -> None:
    machine.effects += 1
    first = arguments.positional[0] if arguments.positional else None
    if name in SPLITS:
        _note_split(machine, arguments)
    elif name in _MOMENTS:
        data = first if first is not None and not isinstance(first, Literal) else owner
        if data is not None and _is_whole(machine, data):
            machine.moments[result.number] = (data.number, site)
    elif isinstance(owner, Opaque) and owner.name in DATA_SCALERS and first is not None and _is_whole(machine, first):
        machine.measured[first.number] = (site, name)
        if name == "fit_transform":
            machine.measured[result.number] = (site, name)


def _is_whole(machine: Machine, data: Value) -> bool:
    return not any(map(mentions_training, machine.names_of(data)))


def _carry(machine: Machine, given: Iterable[Value], result: Value) -> None:
    for each in given:
        for option in options(each):
            measured = machine.measured.get(option.number)
            if measured is not None:
                machine.measured.setdefault(result.number, measured)


def _note_split(machine: Machine, given: Iterable[Value]) -> None:
    for each in given:
        for option in items_of(machine.state, each) if isinstance(each, Many) else options(each):
            measured = machine.measured.get(option.number)
            if measured is not None:
                site, call = measured
                machine.record(WholeDataStatistics(site=site, via=tuple(machine.via), call=call), option.number)
