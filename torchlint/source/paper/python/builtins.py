"""Calls of Python's built-ins on paper."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

from torchlint.facts.layer import Range
from torchlint.facts.loss import Origin
from torchlint.facts.site import Site
from torchlint.knowledge.names import shortest
from torchlint.knowledge.optimizers import GROUP_OF_PARAMETERS
from torchlint.knowledge.packages import PROGRESS_BARS
from torchlint.source.paper.domain.join import alternatives, one_of
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import (
    Arguments,
    Hits,
    Kind,
    Length,
    Literal,
    Many,
    Opaque,
    Ordered,
    Parameters,
    Symbol,
    Table,
    Thing,
    Value,
    Weights,
    options,
)
from torchlint.source.paper.models.tensors.graphs import detach, join_graphs
from torchlint.source.paper.models.tensors.hits import reduced
from torchlint.source.paper.models.tensors.terms import addends
from torchlint.source.paper.models.tensors.weights import share_after
from torchlint.source.paper.occurrences.calls import TensorFetched
from torchlint.source.paper.occurrences.training import GroupBuilt
from torchlint.source.paper.python.attributes import attribute, set_attribute
from torchlint.source.paper.python.iteration.draws import draw
from torchlint.source.paper.python.iteration.elements import elements, loader_of
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import OPEN, READ_FROM, Kept
from torchlint.source.paper.state.containers import (
    append,
    copy_list,
    entries_of,
    items_of,
    key_of,
    new_list,
    new_table,
    table_of,
)
from torchlint.source.paper.state.objects import file_at, member_name

BUILTINS = frozenset(
    "range len enumerate zip iter next list tuple set dict sorted reversed print isinstance hasattr getattr setattr "
    "super sum min max int float str bool map filter any all type open abs round id vars "
    "staticmethod classmethod".split()
)
ITERATORS = PROGRESS_BARS | frozenset("enumerate zip reversed sorted iter islice cycle chain range".split())


def call_builtin(machine: Machine, name: str, arguments: Arguments, site: Site) -> Value:
    """Call a built-in."""
    match name, arguments.positional:
        case "print", given:
            for each in given:
                if isinstance(each, TensorValue):
                    machine.tell(TensorFetched(each, "print(...)", site))
            return Literal(value=None)
        case "range", given:
            return _range(machine, given)
        case _, [_, *_] if name in ITERATORS:
            return Thing(kind=Kind.ITERATOR, dotted=name, arguments=arguments, site=site)
        case _, [] if name in ITERATORS and "iterable" in arguments.keywords:
            return call_builtin(machine, name, Arguments([arguments.keywords["iterable"]]), site)
        case "open", [path, *_]:
            opened = Opaque()
            machine.state.set(READ_FROM, Kept(file_at(path)), opened.number)
            return opened
        case "len", [held, *_]:
            return Length(of=held, site=site)
        case "next", [source, *_]:
            return _next(machine, source, site)
        case (("list" | "tuple" | "set"), [source, *_]):
            return one_of(_as_list(machine, Ordered(name), each, site) for each in alternatives(source))
        case (("list" | "tuple" | "set"), []):
            return new_list(machine.state, Ordered(name), site)
        case "dict", _:
            return dict_of(machine, arguments, site)
        case "getattr", [owner, Literal(value=str(key)), *_]:
            return attribute(machine, owner, key)
        case "getattr", [Symbol(dotted="torch.optim"), *_]:
            return Symbol(dotted="torch.optim.Optimizer")  # Whichever is named, it is one.
        case "setattr", [owner, key, value]:
            set_attribute(machine, owner, member_name(key), value, site)
            return Literal(value=None)
        case "map", [function, source]:
            return _mapped(machine, function, source, site)
        case "filter", [_, source]:
            return source
        case (("staticmethod" | "classmethod"), [function]):
            return function
        case "sum", [several, *_]:
            return one_of(_sum(machine, each) for each in options(several))
        case (("float" | "int" | "round"), [Hits() as count, *_]):
            return count
        case (("float" | "int"), [TensorValue() as tensor]) if tensor.quantity is not None:
            return detach(machine, tensor, f"{name}()", site)
    return Opaque()


def _range(machine: Machine, given: Sequence[Value]) -> Value:
    """Numbers; those below a length are those of the layers or samples that are that many."""
    match given:
        case [*_, Length(of=Many() | Thing(kind=Kind.LAYER) as layers)]:
            return Thing(kind=Kind.ITERATOR, dotted="range", counts=shortest(machine.names_of(layers)) or "it")
        case [*_, Length(of=Thing(kind=Kind.DATASET) as dataset)]:
            return Thing(kind=Kind.ITERATOR, dotted="range", arguments=Arguments([dataset]))
    return Thing(kind=Kind.ITERATOR, dotted="range")


def _sum(machine: Machine, several: Value) -> Value:
    if isinstance(several, Hits):
        return reduced("sum", several)
    items = [item for item, _, _ in entries_of(machine.state, several)] if isinstance(several, Many) else []
    held = [item for item in items if isinstance(item, TensorValue)]
    if not held:
        return Hits() if items and all(isinstance(item, Hits) for item in items) else Opaque()
    losses = [each for each in held if each.origin is Origin.LOSS]
    share = share_after(machine, "+", [*held], losses or held)
    added = held[0].but(
        range=Range.UNKNOWN,
        activation=None,
        divided=share.divided,
        weight=share.weight,
        subject=reduce(or_, (each.subject for each in held)),
        addends=addends(machine, "+", [*held]),
    )
    return join_graphs(machine, added, held)


def dict_of(machine: Machine, arguments: Arguments, site: Site) -> Value:
    """A dict of another, of pairs, or of keywords; one of weights holds the same weights."""
    match arguments:
        case Arguments(positional=[Weights() as weights], keywords={}) if not arguments.keywords:
            return weights
        case Arguments(positional=[Parameters() as parameters]) if not arguments.keywords:
            return parameters  # As `named_parameters` gives them.
    items: dict[object, Value] = {}
    for each in arguments.positional:
        if isinstance(each, Table):
            items.update(table_of(machine.state, each))
        for row in items_of(machine.state, each) if isinstance(each, Many) else ():
            pair = items_of(machine.state, row) if isinstance(row, Many) else []
            if len(pair) == 2:
                items[key_of(pair[0])] = pair[1]
    items.update(arguments.keywords)
    made = new_table(machine.state, items, site)
    if GROUP_OF_PARAMETERS in items:
        machine.tell(GroupBuilt(made, machine.site(machine.place.line)))
    if arguments.unknown or any(not isinstance(each, (Many, Table)) for each in arguments.positional):
        machine.state.set(OPEN, True, made.number)
    return made


def _as_list(machine: Machine, kind: Ordered, first: Value, site: Site) -> Value:
    if isinstance(first, Many):
        return copy_list(machine.state, first, kind, site)
    if isinstance(first, Parameters):
        return first
    found, exact, loader = elements(machine, first)
    if loader is not None:
        return first
    result = new_list(machine.state, kind, site)
    for each in found if exact else []:
        append(machine.state, result, each, site)
    return result if exact else Opaque(machine.names_of(first), name=getattr(first, "name", ""))


def _mapped(machine: Machine, function: Value, source: Value, site: Site) -> Value:
    """What a function makes of each of a few known items, or of a batch that is about to be unpacked."""
    if isinstance(source, TensorValue):
        return machine.call_value(function, Arguments([source]), site)
    found, exact, _ = elements(machine, source)
    if not exact:
        return Opaque()
    result = new_list(machine.state, Ordered.LIST, site)
    for each in found:
        append(machine.state, result, machine.call_value(function, Arguments([each]), site), site)
    return result


def _next(machine: Machine, source: Value, site: Site) -> Value:
    loader = loader_of(machine, source)
    return draw(machine, loader, source, site) if loader is not None else Opaque()
