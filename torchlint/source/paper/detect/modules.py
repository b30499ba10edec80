"""How the modules that were built keep their layers and parameters, as facts."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown, Yes, any_of
from torchlint.facts.layer import LooseTensor, PlainContainer
from torchlint.facts.site import Site
from torchlint.source.paper.detect.repeats import note_repeats
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Kind, Many, Table, Thing, Value
from torchlint.source.paper.models.layers import layer_of
from torchlint.source.paper.python.attributes import registration
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import ASSIGNED, ATTRIBUTE, BUFFER, OPEN
from torchlint.source.paper.state.containers import contents
from torchlint.source.paper.state.objects import parents_of


def note_modules(machine: Machine) -> None:
    """Tell how the modules that were built keep their layers and parameters."""
    for thing in machine.things:
        if thing.kind is not Kind.LAYER or thing.of is None:
            continue
        first = registration(machine, thing)
        if first is not None:
            machine.record(first, thing.number)
        for name in _attributes(machine, thing):
            value = machine.state.get(ATTRIBUTE, thing.number, name)
            assigned = machine.state.get(ASSIGNED, thing.number, name)
            if assigned is None:
                continue
            site, via, constructed = assigned
            if isinstance(value, (Many, Table)):
                _note_container(machine, thing, name, value, site, via)
            elif isinstance(value, TensorValue) and constructed is not No and value.trainable is not Unknown:
                machine.record(
                    LooseTensor(
                        site=site,
                        via=via,
                        owner=thing.last,
                        attribute=name,
                        form="moved parameter" if value.of_loss == "moved" else "tensor",
                        trainable=value.trainable,
                        registered=Answer.of(machine.state.get(BUFFER, thing.number, name) is not None),
                        constructed=constructed,
                    ),
                    thing.number,
                )


def _attributes(machine: Machine, thing: Thing) -> list[str]:
    return machine.attribute_names.get(thing.number, [])


def _note_container(
    machine: Machine, owner: Thing, name: str, value: Many | Table, site: Site, via: tuple[Site, ...]
) -> None:
    kept = contents(machine.state, value)
    layers = [(item, put) for item, put in kept if isinstance(item, Thing) and item.kind is Kind.LAYER]
    if layers:
        note_repeats(machine, "list", owner, [item for item, _ in layers], site, via)
        registered = any_of(Yes if parents_of(machine.state, item) else No for item, _ in layers)
        if machine.state.get(OPEN, owner.number) is not None:
            registered = registered | Unknown  # What it was given, part by part, may be what is in these.
        placed = layers[0][1] if layers[0][1].line else site
        if len(kept) == 1 and placed.line == site.line and not _is_built_at(layers[0][0], site):
            registered = registered | Unknown  # `self.teacher = [teacher]` hides a model on purpose.
        facts = tuple(layer_of(machine, item) for item, _ in layers if isinstance(item, Thing))
        inline = placed.line == site.line or (isinstance(value, Many) and value.kind == "tuple")
        machine.record(
            PlainContainer(
                site=site if inline else placed,
                via=via,
                owner=owner.last,
                attribute=name,
                container="dict" if isinstance(value, Table) else value.kind,
                layers=facts,
                registered=registered,
            ),
            owner.number,
        )
    parameters = [item for item, _ in kept if isinstance(item, Thing) and item.kind is Kind.PARAMETER]
    if parameters:
        registered = any_of(Yes if parents_of(machine.state, item) else No for item in parameters)
        machine.record(
            LooseTensor(
                site=site,
                via=via,
                owner=owner.last,
                attribute=name,
                form="list of parameters",
                trainable=any_of(No if item.origin == "frozen" else Yes for item in parameters),
                registered=registered,
            ),
            owner.number,
        )


def _is_built_at(layer: Value, site: Site) -> bool:
    """Whether a statement builds a layer, itself or through what it calls."""
    places = (layer.site, *layer.via) if isinstance(layer, Thing) else ()
    return any((each.file, each.line) == (site.file, site.line) for each in places if each is not None)
