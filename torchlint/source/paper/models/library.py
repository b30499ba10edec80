"""Calls of installed packages on paper: each is answered by its model, or by what its name suggests."""

from __future__ import annotations

from torchlint.facts.site import Site
from torchlint.knowledge.functional import FETCHES
from torchlint.knowledge.packages import reads_only
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Arguments, Choice, Kind, Many, Opaque, Table, Thing, Value
from torchlint.source.paper.models import by_name
from torchlint.source.paper.models.declaration import Call
from torchlint.source.paper.models.registry import function_for, method_for, owner_of
from torchlint.source.paper.models.tensors import losses
from torchlint.source.paper.models.torch import seeding
from torchlint.source.paper.models.torchvision import transformed
from torchlint.source.paper.models.unread import unread_call
from torchlint.source.paper.occurrences.calls import SymbolCalled, TensorFetched
from torchlint.source.paper.python import sequences
from torchlint.source.paper.python.builtins import ITERATORS, call_builtin
from torchlint.source.paper.python.iteration.elements import loader_of
from torchlint.source.paper.python.machine import Machine

DRAWING = {"__iter__": "iter", "__next__": "next", "next": "next"}
"""Methods by which batches are drawn of a loader, as with the built-in functions; `next` is that of older releases."""


def call_function(machine: Machine, dotted: str, arguments: Arguments, site: Site) -> Value:
    """Call something of an installed package."""
    if dotted.startswith("builtins."):
        return call_builtin(machine, dotted[9:], arguments, site)
    last = dotted.rpartition(".")[2]
    if last in ITERATORS and arguments.positional:
        return Thing(kind=Kind.ITERATOR, dotted=last, arguments=arguments, site=site)
    machine.tell(SymbolCalled(dotted, arguments, site))
    seeding.seed_by_function(machine, dotted)
    call = Call(machine, dotted, arguments, site)
    model = function_for(call)
    if model is not None:
        return model.answer(call)
    return unread_call(machine, last, arguments, site, harmless=reads_only(dotted))


def call_method(machine: Machine, owner: Value, name: str, arguments: Arguments, site: Site) -> Value:
    """Call a method that is not the project's own."""
    if name in DRAWING and not arguments.positional and loader_of(machine, owner) is not None:
        return call_builtin(machine, DRAWING[name], Arguments([owner]), site)
    match owner:
        case Many():
            return sequences.list_method(machine, owner, name, arguments, site)
        case Table():
            return sequences.table_method(machine, owner, name, arguments, site)
        case TensorValue():
            if name in FETCHES:
                machine.tell(TensorFetched(owner, f".{name}()", site))
        case Thing():
            seeding.seed_by_method(machine, "", name)
        case Opaque():
            seeding.seed_by_method(machine, owner.name, name)
    call = Call(machine, name, arguments, site, receiver=owner)
    model = method_for(call, owner_of(owner))
    if model is not None:
        return model.answer(call)
    if isinstance(owner, Thing) and owner.kind is not Kind.OBJECT:
        suggested = by_name.part_of_model(call) if owner.kind is Kind.LAYER else None
        return suggested or unread_call(machine, name, arguments, site, harmless=owner.kind is Kind.LAYER)
    return by_name.call_method(call)


def call_chosen(machine: Machine, owner: Choice, name: str, arguments: Arguments, site: Site) -> Value | None:
    """Call a method of one of several objects, where a model answers for whichever it is."""
    call = Call(machine, name, arguments, site, receiver=owner)
    model = method_for(call, Choice)
    return model.answer(call) if model is not None else None


def call_object(machine: Machine, callee: Thing, arguments: Arguments, site: Site) -> Value:
    """Call an object of a library."""
    if callee.kind is Kind.LOSS:
        return losses.compute(machine, callee.last, arguments, site, callee.arguments, callee.site)
    if callee.kind is Kind.TRANSFORM:
        return transformed(Call(machine, "", arguments, site, receiver=callee))
    return unread_call(machine, callee.last, arguments, site)
