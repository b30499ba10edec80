"""What going through something gives on paper: the elements, and the loader that they come from."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from functools import partial

from torchlint.facts.answer import No
from torchlint.facts.loss import Origin
from torchlint.knowledge.names import is_data_name
from torchlint.source.paper.domain.join import one_of
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import (
    Choice,
    Index,
    Kind,
    Literal,
    Many,
    Opaque,
    Ordered,
    Parameters,
    Symbol,
    Table,
    Thing,
    Value,
    options,
)
from torchlint.source.paper.models.tensors import shapes
from torchlint.source.paper.python.iteration.samples import shapes_of_sample
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import OPEN
from torchlint.source.paper.state.containers import UnknownKey, append, items_of, new_list, table_of

UNROLLED = 6
COUNTERS = frozenset(("range", "trange"))
"""What gives numbers one after another."""


def elements(machine: Machine, source: Value) -> tuple[list[Value], bool, Value | None]:
    """What iterating gives: the elements, whether they are all of them one by one, and the loader they come from."""
    match source:
        case Many():
            items = items_of(machine.state, source)
            if 0 < len(items) <= UNROLLED and not machine.state.get(OPEN, source.number):
                return items, True, None
            return _any_of(items), False, None
        case Table():
            keys: list[Value] = [
                Literal(value=key) for key in table_of(machine.state, source) if isinstance(key, (str, int))
            ]
            return (keys, True, None) if 0 < len(keys) <= UNROLLED else ([Opaque()], False, None)
        case Thing() if source.kind is Kind.ITERATOR:
            return _iterator(machine, source)
        case Thing() if source.kind in (Kind.LOADER, Kind.DATASET):
            return [batch_of(machine, source)], False, source
        case Thing() if source.kind is Kind.LAYER and machine.children_of(source):
            children = list(machine.children_of(source).values())
            return (children, True, None) if len(children) <= UNROLLED else (children[:1], False, None)
        case Choice():
            return _of_choice(machine, source)
        case Parameters():
            return [Parameters(subject=source.subject)], False, None
        case TensorValue():
            return [source.but()], False, None
        case Opaque():
            if _named_as_data(machine, source):
                return [batch_of(machine, source)], False, source
            return [Opaque(machine.names_of(source), name="")], False, None
        case Symbol():
            return elements(machine, machine.imported(source))
    return [Opaque()], False, None


def _of_choice(machine: Machine, source: Choice) -> tuple[list[Value], bool, Value | None]:
    several = [elements(machine, option) for option in options(source)]
    for found in several:
        if found[2] is not None:
            return found[0], False, found[2]
    lengths = {len(found[0]) for found in several}
    if all(found[1] for found in several) and len(lengths) == 1:
        return [one_of(column) for column in zip(*(found[0] for found in several), strict=True)], True, None
    return _any_of(several[-1][0]), False, None


def _any_of(items: list[Value]) -> list[Value]:
    """One of several that stands for all; a constant cannot, for its value is not theirs."""
    return [each for each in items[:1] if not isinstance(each, Literal)] or [Opaque()]


def _named_as_data(machine: Machine, source: Opaque) -> bool:
    return any(is_data_name(name.rpartition(".")[2]) for name in machine.names_of(source))


def batch_of(machine: Machine, loader: Value) -> TensorValue:
    """A batch of a loader or dataset."""
    shape, parts = shapes.of_batch(loader, partial(shapes_of_sample, machine))
    return TensorValue(loaders=frozenset((loader.number,)), origin=Origin.UNKNOWN, graph=No, shape=shape, parts=parts)


def _iterator(machine: Machine, source: Thing) -> tuple[list[Value], bool, Value | None]:
    if source.counts:
        return [Index(of=source.counts)], False, None
    inner = [elements(machine, each) for each in source.arguments.positional]
    if not inner:
        return [Opaque()], False, None
    loader = next((found[2] for found in inner if found[2] is not None), None)
    match source.dotted:
        case "enumerate":
            items, exact, _ = inner[0]
            pairs: list[Value] = [
                _pair(machine, [Literal(value=i) if exact else Opaque(), x]) for i, x in enumerate(items)
            ]
            return pairs, exact, loader
        case "zip":
            exact = all(found[1] for found in inner)
            rows = zip(*[found[0] for found in inner], strict=False)
            return [_pair(machine, list(row)) for row in rows], exact, loader
        case "items":
            return _items(machine, source)
        case "range":
            return [Opaque()], False, loader
    return inner[0][0], inner[0][1] and source.dotted in ("iter", "reversed", "sorted", "tqdm"), loader


def counts(source: Value) -> bool:
    """Whether going through something counts: through a `range`, if only one inside a progress bar or the like."""
    while isinstance(source, Thing) and source.kind is Kind.ITERATOR and source.dotted not in COUNTERS:
        source = source.arguments.positional[0]
    return isinstance(source, Thing) and source.kind is Kind.ITERATOR


def _items(machine: Machine, source: Thing) -> tuple[list[Value], bool, Value | None]:
    owner = source.arguments.positional[0]
    if isinstance(owner, TensorValue):
        return [_pair(machine, [Opaque(), owner.but()])], False, None
    table = table_of(machine.state, owner)
    rows: list[Value] = [_pair(machine, [_key(key), value]) for key, value in table.items()]
    if 0 < len(rows) <= UNROLLED:
        return rows, True, None
    return [_pair(machine, [Opaque(), Opaque()])], False, None


def _key(key: Hashable) -> Value:
    return Opaque() if isinstance(key, UnknownKey) else Literal(value=key)


def _pair(machine: Machine, values: list[Value]) -> Many:
    pair = new_list(machine.state, Ordered.TUPLE, None)
    for value in values:
        append(machine.state, pair, value, machine.site(machine.place.line))
    return pair


def loaders_in(source: Value) -> Iterator[Value]:
    """All loaders that going through something may go through, however they are wrapped and whichever is chosen."""
    for option in options(source):
        match option:
            case Thing(kind=Kind.ITERATOR):
                for inner in option.arguments.positional:
                    yield from loaders_in(inner)
            case Thing(kind=Kind.LOADER):
                yield option


def loader_of(machine: Machine, value: Value) -> Value | None:
    """The loader that something iterates over, however it is wrapped."""
    for option in options(value):
        if isinstance(option, (Thing, Opaque, Symbol)):
            found = elements(machine, option)[2]
            if found is not None:
                return found
    return None
