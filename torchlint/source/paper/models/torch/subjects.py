"""Whose parameters a value stands for."""

from __future__ import annotations

from collections.abc import Iterable

from torchlint.facts.subject import ANYBODY, NOBODY, Subject
from torchlint.knowledge.optimizers import GROUP_OF_PARAMETERS
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import (
    Choice,
    Kind,
    Many,
    Opaque,
    Parameters,
    Table,
    Thing,
    Value,
    WeightData,
    Weights,
)
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import GROUPS
from torchlint.source.paper.state.containers import contents, entries_of, table_of
from torchlint.source.paper.state.objects import above
from torchlint.source.paper.state.state import State

OWNERS = frozenset((Kind.LAYER, Kind.LOSS, Kind.PARAMETER, Kind.OBJECT, Kind.DATASET, Kind.FRAMEWORK))
"""What has parameters of its own, or surely none."""


def subject_of(state: State, value: Value) -> Subject:
    """Whose parameters a value stands for."""
    match value:
        case Thing() if value.kind is Kind.OPTIMIZER:
            return state.get(GROUPS, value.number)
        case Thing() if value.kind is Kind.ITERATOR:
            result = Subject(open=False)
            for given in value.arguments:
                result = result | subject_of(state, given)
            return result
        case Thing():
            return Subject(frozenset((value.number,)), above(state, value), open=value.kind not in OWNERS)
        case Parameters():
            return value.subject
        case TensorValue():
            return value.subject
        case Choice():
            # Its number stands for the one that it is, whichever that may be.
            result = Subject(frozenset((value.number,)), open=False)
            for option in value.options:
                result = result | subject_of(state, option)
            return result
        case Opaque():
            return Subject(frozenset((value.number,)))
    return ANYBODY


def subjects_in(machine: Machine, value: Value | None) -> Subject:
    """Whose parameters are in what an optimizer or a clipping function is given."""
    if value is None:
        return ANYBODY
    if isinstance(value, Table) and (params := table_of(machine.state, value).get(GROUP_OF_PARAMETERS)) is not None:
        return subjects_in(machine, params)  # What else is in a group says how they are stepped.
    groups = entries_of(machine.state, value) if isinstance(value, Many) else ()
    if any(isinstance(group.value, Table) for group in groups):
        held = Subject(open=False)
        for group in groups:
            held = held | subjects_in(machine, group.value)
        return held
    if isinstance(value, (Many, Table)):
        found = [_of_item(machine, item) for item, _ in contents(machine.state, value)]
        result = Subject(open=not found)
        for each in found:
            result = result | each
        return result
    return subject_of(machine.state, value) if isinstance(value, (Parameters, Thing, Choice)) else ANYBODY


def _of_item(machine: Machine, item: Value) -> Subject:
    """Whose parameters one item of a list is: a tensor may be one by itself."""
    if isinstance(item, (TensorValue, Opaque)):
        return Subject(frozenset((item.number,)))
    return subjects_in(machine, item)


def of_optimizer(state: State, owner: Value) -> Subject:
    """Whose parameters an optimizer steps; it stands for itself where they are not known."""
    own = Subject(frozenset((owner.number,)), open=True)
    held = state.get(GROUPS, owner.number)
    if held.own:
        return Subject(own.own | held.own, held.above, held.open)
    return own


def weights_in(state: State, values: Iterable[Value]) -> Subject:
    """Whose parameters these values are, hold or were computed from."""
    found = NOBODY
    for value in values:
        match value:
            case Parameters() | WeightData():
                found = found | value.subject
            case Weights():
                found = found | subject_of(state, value.model)
            case Many():
                found = found | weights_in(state, (item for item, _ in contents(state, value)))
    return found
