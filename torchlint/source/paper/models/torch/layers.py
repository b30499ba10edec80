"""What is known of a layer or model: parameters, buffers, mode."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown, Yes, any_of, join
from torchlint.facts.layer import Layer
from torchlint.knowledge.layers import DECIDED_BY, LAYERS, Decider
from torchlint.source.paper.domain.values import (
    Choice,
    Kind,
    Literal,
    Opaque,
    Thing,
    Value,
)
from torchlint.source.paper.python.attributes import lineage
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import RUNS_UNKNOWN
from torchlint.source.paper.state.objects import inside


def layer_of(machine: Machine, value: Value, seen: frozenset[int] = frozenset()) -> Layer:
    """What is known of a layer or model."""
    if not isinstance(value, Thing) or value.number in seen or len(seen) > 12:
        return Layer(getattr(value, "name", "") or "model", value.number)
    parts = [_part_of(machine, child, seen | {value.number}) for child in machine.children_of(value).values()]
    inside = [part for part in parts if part is not None]
    parameters = any_of(layer.parameters for layer in inside)
    if any(isinstance(child, Thing) and child.kind is Kind.PARAMETER for child in machine.children_of(value).values()):
        parameters = Yes
    own_parameters, own_buffers, own_mode, recurrent = _own(machine, value)
    return Layer(
        name=value.last,
        number=value.number,
        site=value.site,
        parameters=parameters | own_parameters,
        buffers=any_of(layer.buffers for layer in inside) | own_buffers,
        mode_dependent=any_of(layer.mode_dependent for layer in inside) | own_mode,
        recurrent=any_of(layer.recurrent for layer in inside) | recurrent,
    )


def _part_of(machine: Machine, child: Value, seen: frozenset[int]) -> Layer | None:
    """What is known of a layer in a model, whichever of several it is."""
    match child:
        case Thing():
            return layer_of(machine, child, seen) if child.kind in (Kind.LAYER, Kind.LOSS) else None
        case Literal():
            return Layer("", child.number, None, No, No, No, No)
        case Choice():
            parts = [part for each in child.options if (part := _part_of(machine, each, seen)) is not None]
            return (
                Layer(
                    name=parts[0].name,
                    number=parts[0].number,
                    parameters=join(part.parameters for part in parts),
                    buffers=join(part.buffers for part in parts),
                    mode_dependent=join(part.mode_dependent for part in parts),
                    recurrent=join(part.recurrent for part in parts),
                )
                if parts
                else None
            )
    return layer_of(machine, child, seen)


def dependents_on_mode(machine: Machine, model: Value) -> list[Value]:
    """Everything in a model that may behave differently in both modes by itself, and not by its parts."""
    return [each for each in inside(machine.state, model).values() if _may_depend_on_mode(machine, each)]


def _may_depend_on_mode(machine: Machine, value: Value) -> bool:
    match value:
        case Thing(kind=Kind.LAYER | Kind.LOSS):
            return _own(machine, value)[2] is not No
        case Opaque():
            return True
    return False


def _own(machine: Machine, value: Thing) -> tuple[Answer, Answer, Answer, Answer]:
    if value.kind is Kind.LOSS:
        return No, No, No, No
    if value.of is not None and not value.dotted:
        runs_unknown = machine.state.get(RUNS_UNKNOWN, value.number)
        mode = Yes if value.asks_for_mode else Unknown if runs_unknown else No
        outside = outside_bases(value)
        own = Unknown if outside or runs_unknown else No
        return own, own, (mode | outside_mode(outside)), No
    known_layer = LAYERS.get(value.last)
    if value.of is not None:
        known_layer = LAYERS.get(value.dotted.rpartition(".")[2])
    if known_layer is None:
        return Unknown, Unknown, Unknown, Unknown
    recurrent = Answer.of(known_layer.recurrent)
    held = {
        "parameters": known_layer.parameters,
        "buffers": known_layer.buffers,
        "mode_dependent": known_layer.mode_dependent,
    }
    for what, answer in held.items():
        decider = DECIDED_BY.get((known_layer.name, what))
        if decider is not None and answer is Unknown:
            held[what] = _decided(value, decider)
    mode = held["mode_dependent"] | (Yes if value.asks_for_mode and value.of is not None else No)
    return held["parameters"], held["buffers"], mode, recurrent


def _decided(value: Thing, decider: Decider) -> Answer:
    given = value.arguments.get(decider.keyword, decider.position)
    if given is None:
        return Unknown if value.arguments.unknown else Answer.of(decider.default != decider.plain)
    if not isinstance(given, Literal):
        return Unknown
    return Answer.of(given.value != decider.plain)


def outside_bases(value: Thing) -> bool:
    """Whether a project class derives from a class that was not read, other than torch's own Module."""
    assert value.of is not None
    for each in lineage(value.of):
        for base in each.bases:
            dotted = getattr(base, "dotted", None)
            if dotted is None and not hasattr(base, "methods"):
                return True
            if dotted and dotted.rpartition(".")[2] not in ("Module", "object", "ABC", "Generic"):
                return True
    return False


def outside_mode(outside: bool) -> Answer:
    """A base class that was not read may hold anything."""
    return Unknown if outside else No
