"""Calls of Python's built-ins on paper."""

from __future__ import annotations

from torchlint.facts.layer import Range
from torchlint.facts.site import Site
from torchlint.source.paper.detect import waiting
from torchlint.source.paper.domain.values import (
    Arguments,
    Literal,
    Many,
    Opaque,
    Parameters,
    Table,
    TensorValue,
    Thing,
    Value,
    options,
)
from torchlint.source.paper.models.graphs import join_graphs
from torchlint.source.paper.python.attributes import attribute, set_attribute
from torchlint.source.paper.python.elements import batch_of, elements, loader_of
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.containers import append, copy_list, items_of, new_list, new_table, table_of

BUILTINS = frozenset(
    "range len enumerate zip iter next list tuple set dict sorted reversed print isinstance hasattr getattr setattr "
    "super sum min max int float str bool map filter any all type open abs round id vars".split()
)
ITERATORS = frozenset("enumerate zip reversed sorted iter islice cycle tqdm trange track chain range".split())
LENGTH = "len of "
"""How the name of a length begins, before the name of what is that long."""


def call_builtin(machine: Machine, name: str, arguments: Arguments, site: Site) -> Value:
    """Call a built-in."""
    match name, arguments.positional:
        case "print", given:
            for each in given:
                waiting.note_print(machine, each, site)
            return Literal(value=None)
        case "range", given:
            return _range(machine, given)
        case _, [_, *_] if name in ITERATORS:
            return Thing(kind="iterator", dotted=name, arguments=arguments, site=site)
        case "len", [held, *_]:
            return _length(machine, held)
        case "next", [source, *_]:
            return _next(machine, source, site)
        case (("list" | "tuple" | "set"), [source, *_]):
            return _as_list(machine, name, source, site)
        case (("list" | "tuple" | "set"), []):
            return new_list(machine, name, site)
        case "dict", _:
            return dict_of(machine, arguments, site)
        case "getattr", [owner, Literal(value=str(key)), *_]:
            return attribute(machine, owner, key)
        case "setattr", [owner, key, value]:
            set_attribute(machine, owner, _name_of(key), value, site)
            return Literal(value=None)
        case "filter", [_, source]:
            return source
        case "sum", [Many() as several, *_]:
            return _sum(machine, several)
    return Opaque()


def _range(machine: Machine, given: list[Value]) -> Value:
    """The numbers below a length are those of the layers or samples that are that many."""
    match given:
        case [*_, Opaque(name=counted)] if counted.startswith(LENGTH):
            layers = counted.removeprefix(LENGTH)
            return Thing(kind="iterator", dotted="range", origin=layers, arguments=Arguments([Opaque()]))
        case [*_, counted] if (dataset := machine.lengths.get(counted.number)) is not None:
            return Thing(kind="iterator", dotted="range", arguments=Arguments([dataset]))
    return Opaque()


def _length(machine: Machine, held: Value) -> Value:
    is_layers = isinstance(held, Many) or (isinstance(held, Thing) and held.kind == "layer")
    length = Opaque(names={"len()"}, name=f"{LENGTH}{min(held.names, default='it')}" if is_layers else "")
    if isinstance(held, Thing) and held.kind == "dataset":
        machine.lengths[length.number] = held
    return length


def _name_of(key: Value) -> str:
    """The attribute that a value names; one of its own where that is not known."""
    return key.value if isinstance(key, Literal) and isinstance(key.value, str) else f"?{key.number}"


def _sum(machine: Machine, several: Many) -> Value:
    held = [item for item in items_of(machine, several) if isinstance(item, TensorValue)]
    return join_graphs(machine, held[0].but(range=Range.UNKNOWN, activation=None), held) if held else Opaque()


def dict_of(machine: Machine, arguments: Arguments, site: Site) -> Value:
    """A dict of another, of pairs, or of keywords."""
    items: dict[object, Value] = {}
    for each in arguments.positional:
        if isinstance(each, Table):
            items.update(table_of(machine, each))
        for row in items_of(machine, each) if isinstance(each, Many) else ():
            pair = items_of(machine, row) if isinstance(row, Many) else []
            if len(pair) == 2:
                key = pair[0].value if isinstance(pair[0], Literal) else ("key", pair[0].number)
                items[key] = pair[1]
    items.update(arguments.keywords)
    made = new_table(machine, items, site)
    if arguments.unknown or any(not isinstance(each, (Many, Table)) for each in arguments.positional):
        machine.store.set(("open", made.number), (True,))
    return made


def _as_list(machine: Machine, name: str, first: Value, site: Site) -> Value:
    if isinstance(first, Many):
        return copy_list(machine, first, name, site)
    if isinstance(first, Parameters):
        return first
    found, exact, loader = elements(machine, first)
    if loader is not None:
        return first
    result = new_list(machine, name, site)
    for each in found if exact else []:
        append(machine, result, each, site)
    return result if exact else Opaque(names=set(first.names), name=getattr(first, "name", ""))


def _next(machine: Machine, source: Value, site: Site) -> Value:
    loader = loader_of(machine, source)
    if loader is None:
        return Opaque()
    batch = batch_of(loader)
    batch.drawn = site
    machine.frame.drawn = loader
    machine.draws.setdefault(site, {"loader": loader, "via": tuple(machine.via), "loops": len(machine.loops)})
    machine.draws[site]["function"] = machine.frame.function
    machine.draws[site].setdefault("iterators", set()).update(option.number for option in options(source))
    machine.draws[site]["goes on"] = bool(machine.loops) and _is_older(source, machine.loops[-1].number)
    # A loader that is built in the loop is another each time, as episodes of few-shot learning are.
    built_here = bool(machine.loops) and loader.number > machine.loops[-1].number
    machine.draws[site]["iterator"] = isinstance(source, Thing) and not source.names and not built_here
    return batch


def _is_older(source: Value, loop: int) -> bool:
    """Whether something was there before the loop that draws from it; what is read from an object was."""
    return source.number < loop or (isinstance(source, Opaque) and not source.from_call)
