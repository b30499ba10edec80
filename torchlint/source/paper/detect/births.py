"""Layers built while a model runs: where, and whether they are built once and kept."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.layer import LayerBuild
from torchlint.source.paper.domain.values import Thing, options
from torchlint.source.paper.models.layers import layer_of
from torchlint.source.paper.python.machine import Birth, Frame, Machine
from torchlint.source.paper.state.containers import values_in


def note_birth(machine: Machine, made: Thing) -> None:
    """Remember a layer that `forward`, or a method that it calls, builds; not those that such a layer builds itself.

    What a decorator may keep is built once, as far as anybody knows.
    """
    if made.site is None:
        return
    for index in range(len(machine.frames) - 1, -1, -1):
        frame = machine.frames[index]
        if frame.function == "__init__" or (frame.may_be_kept and frame.function != "forward"):
            return
        if frame.function == "forward" and _is_layer(frame):
            # An early return guards what follows it as an `if` does.
            guarded = machine.crossings > frame.crossings or any(each.returns for each in machine.frames[index:])
            machine.architecture.births.append(Birth(made, frame, guarded))
            return


def _is_layer(frame: Frame) -> bool:
    return isinstance(frame.receiver, Thing) and frame.receiver.kind == "layer"


def tell_births(machine: Machine) -> None:
    """Tell which layers were built while a model ran."""
    for birth in machine.architecture.births:
        made, owner = birth.made, birth.frame.receiver
        assert made.site is not None
        assert isinstance(owner, Thing)
        machine.record(
            LayerBuild(
                site=made.site,
                via=made.via,
                owner=owner.last,
                layer=layer_of(machine, made),
                kept=_kept(machine, birth),
            ),
            made.number,
        )


def _kept(machine: Machine, birth: Birth) -> Answer:
    made, owner = birth.made, birth.frame.receiver
    if _written_to(machine, made):
        return Unknown  # Its weights are given to it: a filter, or the weights of another layer.
    if owner is not None and _holds(machine, owner, made):
        return Yes if birth.guarded else No
    return No


def _written_to(machine: Machine, made: Thing) -> bool:
    """Whether its parameters were taken hold of after it was built."""
    return any(machine.store.get(("attr", made.number, name)) is not None for name in ("weight", "bias"))


def _holds(machine: Machine, owner: object, made: Thing) -> bool:
    if made.parents or not isinstance(owner, Thing):
        return True
    for name in machine.attribute_names.get(owner.number, ()):
        for value in options(machine.store.get(("attr", owner.number, name)) or made):
            held = values_in(machine, value)
            if any(each is made for each in held):
                return True
    return False
