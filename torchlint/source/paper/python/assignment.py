"""Assignments on paper: names, attributes, items and unpacking."""

from __future__ import annotations

from torchlint.facts.event import Clear, WritesGradient, WritesWeights
from torchlint.facts.site import Site
from torchlint.source import syntax
from torchlint.source.paper.domain.join import one_of
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import (
    Choice,
    Dimension,
    Kind,
    Literal,
    Many,
    Number,
    Opaque,
    Ordered,
    Parameters,
    Sizes,
    Table,
    Thing,
    Value,
    is_none,
    opaque_named,
    options,
)
from torchlint.source.paper.models.tensors.operations import unpack_batch
from torchlint.source.paper.models.torch import averages
from torchlint.source.paper.models.torch.freezing import set_gradients
from torchlint.source.paper.occurrences.calls import AttributeAssigned, DataAccessed, ItemsWritten
from torchlint.source.paper.occurrences.layers import MemberAssigned
from torchlint.source.paper.occurrences.training import ParametersWritten
from torchlint.source.paper.python import attributes
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import PUT, ROWS
from torchlint.source.paper.state.containers import append, fill, items_of, key_of, new_list, table_of
from torchlint.source.paper.state.objects import add_name, member_name


def assign(
    machine: Machine, target: syntax.Expression, value: Value, line: int, written: syntax.Expression | None
) -> None:
    """Bind a target to a value."""
    match target:
        case syntax.Name():
            machine.bind(target.id, value)
        case syntax.Attribute():
            owner = machine.evaluate(target.value)
            machine.tell(AttributeAssigned(owner, target.value, target.name, value, machine.site(line)))
            if target.name == "requires_grad":
                _freeze(machine, owner, value, machine.site(line))
            _assign_attribute(machine, owner, target.name, value, machine.site(line), written)
        case syntax.Collection():
            for inner, part in zip(target.items, _parts(machine, target, value), strict=True):
                held = inner.value if isinstance(inner, syntax.Starred) else inner
                assign(machine, held, part, line, None)
        case syntax.Subscript():
            _assign_item(machine, machine.evaluate(target.value), machine.evaluate(target.index), value, line)
        case syntax.Starred():
            assign(machine, target.value, value, line, None)


def _freeze(machine: Machine, owner: Value, value: Value, site: Site) -> None:
    """`requires_grad = False` of parameters: they stay as they are, whosever they are."""
    for each in options(owner):
        if isinstance(each, Parameters):
            set_gradients(machine, each.subject.own, value, site)
        elif isinstance(each, Opaque):
            set_gradients(machine, (), value, site)


def _assign_attribute(
    machine: Machine, owner: Value, name: str, value: Value, site: Site, written: syntax.Expression | None
) -> None:
    if not _may_be_tensor(owner):
        for each in options(owner):
            attributes.set_attribute(machine, each, name, value, site)
        return
    if name == "grad":
        cleared = is_none(value)
        event: type[Clear | WritesGradient | WritesWeights] = Clear if cleared else WritesGradient
        machine.happen(event(site=site, via=tuple(machine.via)))
        return
    if name == "data":
        machine.tell(DataAccessed(owner, site))
        event = WritesWeights if attributes.is_of_parameters(owner) else WritesGradient
        machine.happen(event(site=site, via=tuple(machine.via)))
        if isinstance(owner, Parameters):
            machine.tell(ParametersWritten(owner))
            averages.mix(machine, owner.subject, (value,))
        return
    for each in options(owner):
        attributes.set_attribute(machine, each, name, value, site)


def _may_be_tensor(owner: Value) -> bool:
    """Whether `data` and `grad` of something may be those of a tensor; objects have fields of these names too."""
    return any(not isinstance(each, Thing) or each.kind is Kind.PARAMETER for each in options(owner))


def _parts(machine: Machine, target: syntax.Collection, value: Value) -> list[Value]:
    count = len(target.items)
    if isinstance(value, Many):
        items = items_of(machine.state, value)
        starred = next((at for at, item in enumerate(target.items) if isinstance(item, syntax.Starred)), None)
        if starred is not None and len(items) >= count - 1:
            return _with_rest(machine, items, starred, behind=count - 1 - starred)
        return items if len(items) == count else [Opaque() for _ in target.items]
    names = [item.id if isinstance(item, syntax.Name) else "" for item in target.items]
    if isinstance(value, TensorValue):
        return unpack_batch(value, names)
    if isinstance(value, Sizes):
        if any(isinstance(item, syntax.Starred) for item in target.items):
            return [Number() for _ in target.items]
        return [Dimension(of=value.of, position=position, rank=count) for position in range(count)]
    if isinstance(value, Parameters) and count == 2:
        return [Opaque(), value]  # As `named_parameters` gives them.
    if isinstance(value, Choice):
        columns = [_parts(machine, target, option) for option in options(value)]
        return [one_of(column) for column in zip(*columns, strict=True)]
    return [opaque_named(name) if name else Opaque() for name in names]


def _with_rest(machine: Machine, items: list[Value], starred: int, *, behind: int) -> list[Value]:
    """The items of a list for targets of which one takes all that the others, before and behind it, leave."""
    end = len(items) - behind
    rest = new_list(machine.state, Ordered.LIST, None)
    fill(machine.state, rest, items[starred:end], machine.site(machine.place.line))
    return [*items[:starred], rest, *items[end:]]


def _assign_item(machine: Machine, owner: Value, index: Value, value: Value, line: int) -> None:
    if isinstance(index, Literal) and isinstance(index.value, str):
        add_name(machine.state, value, index.value)
    for each in options(owner):
        match each:
            case Table():
                items = dict(table_of(machine.state, each))
                items[key_of(index)] = value
                machine.state.set(ROWS, items, each.number)
                machine.state.set(PUT, machine.site(line), each.number)
            case Many():
                append(machine.state, each, value, machine.site(line))
            case TensorValue():
                _write_into(machine, each, value)
            case Thing() if each.kind is Kind.PARAMETER:
                machine.tell(ItemsWritten(each))
            case Thing() if each.kind is Kind.LAYER:
                name = member_name(index)
                machine.tell(MemberAssigned(each, name, value, machine.site(line)))
                attributes.register(machine, each, name, value)


def _write_into(machine: Machine, tensor: TensorValue, value: Value) -> None:
    """A part of a tensor is given other values: with them come the layers that made them, and their graph."""
    machine.memory.effects += 1
    machine.tell(ItemsWritten(tensor))
    if not isinstance(value, TensorValue):
        machine.rewrite(tensor, given=True, piece_of=None)
        return
    subject = tensor.subject
    if value.subject.own:
        subject = subject | value.subject if subject.own else value.subject
    machine.rewrite(
        tensor,
        given=tensor.given or not value.is_new,
        subject=subject,
        graph=tensor.graph | value.graph,
        piece_of=None,
        bootstraps=value.bootstraps or tensor.bootstraps,
    )
