"""Attributes on paper: what `owner.name` is, and what setting it does to a module."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.loss import Origin
from torchlint.facts.site import Site
from torchlint.knowledge.data import PARTS
from torchlint.knowledge.functional import SAY_WHAT_IT_IS
from torchlint.knowledge.names import WEIGHT_NAMES, names_loss
from torchlint.source import syntax
from torchlint.source.paper.domain.join import either, one_of
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import (
    UNSET,
    Arguments,
    Choice,
    Kind,
    Literal,
    ModuleValue,
    Number,
    Opaque,
    Parameters,
    ProjectClass,
    Routine,
    Sizes,
    Symbol,
    Thing,
    Value,
    WeightData,
    may_be_unset,
    opaque_named,
    options,
    present,
)
from torchlint.source.paper.models.tensors.graphs import ask_for_gradients, detach, terms_of
from torchlint.source.paper.models.tensors.operations import batch_item, item_of, origin_by_name
from torchlint.source.paper.models.torch import modes
from torchlint.source.paper.occurrences.calls import DataAccessed
from torchlint.source.paper.occurrences.data import WholeRead
from torchlint.source.paper.occurrences.layers import MemberAssigned, TensorPassedOn
from torchlint.source.paper.python import imports
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import ASSIGNED, ATTRIBUTE, Assignment
from torchlint.source.paper.state.objects import NAMELESS, add_child, add_name, add_parent

WEIGHTS = "the data of parameters"
"""What `parameter.data` is known as."""


def attribute(machine: Machine, owner: Value, name: str) -> Value:
    """The value of `owner.name`."""
    if name == "training" and not machine.place.forward_depth and isinstance(owner, (Thing, Opaque)):
        return modes.mode_of(machine, owner)
    if name == "data":
        machine.tell(DataAccessed(owner, machine.site(machine.place.line)))
    match owner:
        case Symbol():
            return Symbol(dotted=f"{owner.dotted}.{name}")
        case ModuleValue() if owner.module is not None:
            value = imports.module_attribute(machine, owner.module, name)
            return value if value is not None else _submodule(machine, owner, name)
        case Thing():
            return _of_thing(machine, owner, name)
        case ProjectClass():
            return class_attribute(machine, owner, name) or Opaque(name=name)
        case TensorValue():
            return _of_tensor(machine, owner, name)
        case Choice():
            return one_of(attribute(machine, option, name) for option in options(owner))
        case Parameters() if name == "data":
            return WeightData(name=WEIGHTS, subject=owner.subject)
        case WeightData() if name == "data":
            return owner
    kept = machine.state.get(ATTRIBUTE, owner.number, name)
    if not may_be_unset(kept):
        return machine.state.current(kept)
    called = WEIGHTS if name == "data" and is_of_parameters(owner) else name
    return _or_else(kept, opaque_named(name) if name == "training" else machine.unknown_attribute(owner, name, called))


def _or_else(kept: Value, otherwise: Value) -> Value:
    """What an attribute holds, where some way has not set it: what it held before."""
    return otherwise if kept is UNSET else either(present(kept), otherwise)


def is_of_parameters(owner: Value) -> bool:
    """Whether `owner` is a parameter, so that its `data` are the weights themselves and no gradient's numbers."""
    return isinstance(owner, Parameters) or (isinstance(owner, Opaque) and owner.name in WEIGHT_NAMES)


def _submodule(machine: Machine, owner: ModuleValue, name: str) -> Value:
    assert owner.module is not None
    module = machine.project.find(name, 1, owner.module) if owner.module.is_package else None
    return ModuleValue(module=module) if module else opaque_named(name)


def _of_thing(machine: Machine, owner: Thing, name: str) -> Value:
    kept = machine.state.get(ATTRIBUTE, owner.number, name)
    if not may_be_unset(kept):
        return machine.state.current(kept)
    return _or_else(kept, _as_built(machine, owner, name))


def _as_built(machine: Machine, owner: Thing, name: str) -> Value:
    """What an attribute is where nothing has set it: a method, a part, or not known."""
    if owner.of is not None:
        member = class_attribute(machine, owner.of, name)
        if isinstance(member, Routine):
            return _bound(machine, member, owner)
        if member is not None:
            return member
    if name == "module" and owner.kind is Kind.LAYER:
        return owner
    if name == "dataset" and owner.kind is Kind.LOADER:
        return owner.arguments.get("dataset", 0) or Opaque(name=name)
    if name == "dataset" and owner.kind is Kind.DATASET and owner.last in PARTS:
        return _whole(machine, owner)
    children = machine.children_of(owner)
    if name in children:
        return present(children[name])
    return machine.unknown_attribute(owner, name)


def _whole(machine: Machine, part: Thing) -> Value:
    """The dataset of which something is a part."""
    whole = part.arguments.get("dataset", 0)
    if whole is None:
        return machine.unknown_attribute(part, "dataset")
    machine.tell(WholeRead(part, whole))
    return whole


def _bound(machine: Machine, member: Routine, owner: Thing) -> Value:
    kinds = {d.id for d in _decorators(member) if isinstance(d, syntax.Name)}
    if "staticmethod" in kinds:
        return member
    bound = member.bound_to(owner)
    if kinds & {"property", "cached_property"}:
        return machine.call_routine(bound, Arguments(), None)
    return bound


def _decorators(routine: Routine) -> list[syntax.Expression]:
    return routine.definition.decorators if isinstance(routine.definition, syntax.Function) else []


def class_attribute(machine: Machine, owner: ProjectClass, name: str) -> Value | None:
    """A method or class variable, looked up through the project's bases."""
    for each in lineage(owner):
        if name in each.methods:
            return each.methods[name]
    return None


def lineage(owner: ProjectClass) -> list[ProjectClass]:
    """A class and its project bases, as Python orders them; safe for classes that inherit from themselves."""
    backwards: list[ProjectClass] = []
    entered: set[int] = set()
    _enter_bases(owner, entered, backwards)
    return backwards[::-1]


def _enter_bases(owner: Value, entered: set[int], backwards: list[ProjectClass]) -> None:
    """Put a class behind all its bases, those on the right first."""
    if not isinstance(owner, ProjectClass) or owner.number in entered:
        return
    entered.add(owner.number)
    for base in reversed(owner.bases):
        _enter_bases(base, entered, backwards)
    backwards.append(owner)


def _of_tensor(machine: Machine, owner: TensorValue, name: str) -> Value:
    if name == "data" and owner.packed:
        return owner.but(packed=False)
    if name == "data":
        return detach(machine, owner, ".data", machine.site(machine.place.line))
    if name in SAY_WHAT_IT_IS:
        if machine.place.forward_depth:
            machine.tell(TensorPassedOn(owner))
        return _said(owner, name)
    if owner.from_loader is not No and owner.origin is Origin.UNKNOWN:
        origin = origin_by_name(name)
        return owner.but(origin=origin, shape=owner.shape, parts=(), piece_of=item_of(owner, name))
    if owner.origin is Origin.OUTPUT and names_loss(name):
        return owner.but(origin=Origin.LOSS, terms=terms_of(owner))
    return batch_item(owner, name)


def _said(owner: TensorValue, name: str) -> Value:
    match name:
        case "shape":
            return Sizes(of=owner.number)
        case "ndim":
            return Number()
    return Opaque(name=name)


def set_attribute(machine: Machine, owner: Value, name: str, value: Value, site: Site) -> None:
    """Do `owner.name = value`."""
    if isinstance(owner, Literal):
        return
    if name == "requires_grad" and isinstance(owner, TensorValue):
        ask_for_gradients(machine, owner, value)
    setter = _setter(owner, name)
    if setter is not None:
        machine.call_routine(setter, Arguments([value]), site)
        return
    machine.state.set(ATTRIBUTE, value, owner.number, name)
    assignment = Assignment(site, tuple(machine.via), _is_being_built(machine, owner))
    machine.state.set(ASSIGNED, frozenset((assignment,)), owner.number, name)
    known = machine.objects.attribute_names.setdefault(owner.number, [])
    if name not in known:
        known.append(name)
    if not isinstance(value, (Literal, Routine)) and not name.startswith(NAMELESS):
        add_name(machine.state, value, name)
    if isinstance(owner, Thing) and owner.kind is Kind.LAYER:
        machine.tell(MemberAssigned(owner, name, value, site))
        register(machine, owner, name, value)


def _setter(owner: Value, name: str) -> Routine | None:
    """The method that sets a property of an object, if the attribute is one that has such."""
    if not isinstance(owner, Thing) or owner.of is None:
        return None
    found = owner.of.setters.get(name)
    return found.bound_to(owner) if found is not None else None


def _is_being_built(machine: Machine, owner: Value) -> Answer:
    """Whether this happens while `__init__` of an object runs; No while its `forward` does."""
    if machine.place.forward_depth:
        return No
    built = any(frame.function == "__init__" and frame.receiver is owner for frame in machine.frames)
    return Yes if built else Unknown


def register(machine: Machine, owner: Thing, name: str, value: Value) -> None:
    """Make a layer or parameter, whichever of several it is, a registered child of a module."""
    for each in options(value):
        if isinstance(each, Thing) and each.kind in (Kind.LAYER, Kind.LOSS, Kind.PARAMETER) and each is not owner:
            machine.memory.effects += 1
            add_child(machine.state, owner, name, value)
            add_parent(machine.state, each, owner)
