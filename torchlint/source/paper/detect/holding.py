"""Optimizers on paper: built anew in a loop, or too early to hold what was put into the model afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import BuildOptimizer
from torchlint.facts.layer import UnheldParameters
from torchlint.facts.site import Site
from torchlint.facts.subject import Subject
from torchlint.knowledge.names import repeats_by_name
from torchlint.source.paper.domain.values import Kind, Thing, Value, options
from torchlint.source.paper.models.layers import layer_of
from torchlint.source.paper.models.subjects import subject_of
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import GROUPS
from torchlint.source.paper.state.objects import inside


@dataclass(slots=True)
class Building:
    """One time that a call built an optimizer: the loops around it, and how often weights had been put in by then."""

    optimizer: Thing
    loops: tuple[int, ...]
    weights_set: int


@dataclass(slots=True)
class Late:
    """A layer that was put into a model after an optimizer had been built for that model."""

    site: Site
    via: tuple[Site, ...]
    name: str
    layer: Thing
    optimizer: Thing
    trained: bool = False


def note_building(machine: Machine, made: Thing) -> None:
    """An optimizer is built: for new parameters, or for those that the same call had built one for before."""
    assert made.site is not None
    key = (made.site, made.via, tuple(machine.unrolled))
    loops = tuple(loop.number for loop in machine.loops)
    before = machine.buildings.get(key)
    machine.buildings[key] = Building(made, loops, machine.weights_set)
    held = machine.state.get(GROUPS, made.number)
    in_loop = next((loop.number for loop, item in zip(machine.loops, machine.unrolled, strict=False) if not item), None)
    new = in_loop is not None and bool(held.own) and min(held.own) > in_loop
    event = BuildOptimizer(
        site=made.site,
        via=made.via,
        again=_again(machine, before, made) if before is not None else No,
        new_parameters=Answer.of(new),
    )
    machine.happen(event)
    if not machine.forward_depth:
        machine.record(event)


def _again(machine: Machine, before: Building, made: Thing) -> Answer:
    """Whether the optimizer that is thrown away had stepped, in the loop whose next iteration builds it anew."""
    held = machine.state.get(GROUPS, made.number)
    if (
        machine.state.get(GROUPS, before.optimizer.number) != held
        or held.open
        or machine.weights_set != before.weights_set
    ):
        return No
    loop = next((each for each in reversed(machine.loops) if each.number in before.loops), None)
    depth = machine.stepped.get(before.optimizer.number)
    if loop is None or depth is None:
        return No
    inner = depth - machine.loops.index(loop) - 1
    if machine.branches > loop.branches or inner > 1 or repeats_by_name(loop.target):
        return Unknown
    return Yes


def note_step(machine: Machine, optimizer: Value) -> None:
    """An optimizer steps: what it does not hold, though its model has it by now, stays as it is."""
    machine.stepped[optimizer.number] = len(machine.loops)
    for late in machine.late_layers:
        late.trained = late.trained or late.optimizer is optimizer


def note_replaced(machine: Machine, owner: Thing, name: str, value: Value, site: Site) -> None:
    """A layer is put into a model: an optimizer that was built for the model before does not know it."""
    if machine.forward_depth and name in machine.children_of(owner):
        return  # An earlier pass built it; under a guard that is not known here, this one keeps that.
    for layer in options(value):
        if not isinstance(layer, Thing) or layer.kind is not Kind.LAYER:
            continue
        for optimizer in machine.optimizers:
            group = machine.state.get(GROUPS, optimizer.number)
            held = group.concerns(subject_of(machine.state, owner))
            if held is Yes and not group.open and optimizer.number < min(inside(machine.state, layer)):
                late = Late(site, tuple(machine.via), name, layer, optimizer)
                machine.late_layers.append(late)


def note_late_layers(machine: Machine) -> None:
    """Tell of layers that were trained around, for no optimizer holds them."""
    anew = machine.architecture.built_anew
    for late in machine.late_layers:
        if not late.trained or late.layer.number in anew:
            continue  # What each pass builds anew no optimizer could hold: that is told of where it is built.
        subject = subject_of(machine.state, late.layer)
        machine.record(
            UnheldParameters(
                site=late.site,
                via=late.via,
                name=late.name,
                trainable=layer_of(machine, late.layer).parameters,
                held=Answer.of(any(_holds(machine, optimizer, late, subject) for optimizer in machine.optimizers)),
                optimizer=late.optimizer.site,
            ),
            late.layer.number,
        )


def _holds(machine: Machine, optimizer: Thing, late: Late, subject: Subject) -> bool:
    """Whether an optimizer was given the layer itself, or its model after the layer was in it."""
    group = machine.state.get(GROUPS, optimizer.number)
    if subject.own & group.own or group.open:
        return True
    return optimizer.number > late.layer.number and group.concerns(subject) is Yes
