"""Objects of torch and its frameworks as they are built on paper."""

from __future__ import annotations

from torchlint.facts.layer import DropoutCall
from torchlint.facts.site import Site
from torchlint.knowledge.layers import CONTAINERS, LAYERS
from torchlint.source.paper.detect import holding
from torchlint.source.paper.domain.values import Arguments, Kind, Many, Opaque, Table, Thing, Value, options
from torchlint.source.paper.models import activations
from torchlint.source.paper.models.subjects import subjects_in
from torchlint.source.paper.models.words import Meaning
from torchlint.source.paper.python.attributes import register
from torchlint.source.paper.python.conditions import guarded_by_mode
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.python.occurrences import Built, LayersAdded
from torchlint.source.paper.state.cells import GROUPS
from torchlint.source.paper.state.containers import items_of, table_of
from torchlint.source.paper.state.objects import add_child


def construct(machine: Machine, meaning: Meaning, dotted: str, arguments: Arguments, site: Site) -> Value:
    """Build what a name means."""
    made = Thing(
        kind=meaning.kind,
        dotted=meaning.name,
        arguments=arguments,
        site=site,
        via=tuple(machine.via),
        mode_at_birth=meaning.mode,
    )
    machine.things.append(made)
    machine.effects += 1
    machine.tell(Built(made))
    if meaning.kind is Kind.LAYER:
        _note_dropout(machine, made)
        activations.note_dimension(machine, made.last, arguments, site)
        adopt(machine, made, arguments)
    elif meaning.kind is Kind.LOADER:
        shuffle = arguments.get("shuffle", 2)
        if shuffle is not None and shuffle.number < machine.frame.number:
            machine.use(made, "told")
    elif meaning.kind is Kind.OPTIMIZER:
        machine.state.set(GROUPS, subjects_in(machine, arguments.get("params", 0)), made.number)
        machine.optimizers.append(made)
        holding.note_building(machine, made)
    return made


def adopt(machine: Machine, made: Thing, arguments: Arguments) -> None:
    """Register the layers that a container is given."""
    given: list[Value] = []
    for argument in arguments.positional:
        held = options(argument)
        if not any(isinstance(each, (Many, Table)) for each in held):
            given.append(argument)
        for each in held:
            if isinstance(each, Many):
                given += items_of(machine.state, each)
            elif isinstance(each, Table):
                given += table_of(machine.state, each).values()
    machine.tell(LayersAdded(made, tuple(given)))
    offset = len(machine.children_of(made))
    for index, each in enumerate(given):
        if isinstance(each, Many):
            each = (items_of(machine.state, each) or [each])[-1]
        if type(each) is Opaque and made.last in CONTAINERS:
            add_child(machine.state, made, str(index + offset), each)
        register(machine, made, str(index + offset), each)


def _note_dropout(machine: Machine, made: Thing) -> None:
    known = LAYERS.get(made.last)
    if machine.frame.function == "forward" and known is not None and "Dropout" in made.last and made.site:
        owner = machine.frame.receiver
        if isinstance(owner, Thing) and owner.kind is Kind.LAYER:
            machine.record(
                DropoutCall(
                    site=made.site,
                    via=tuple(machine.via),
                    name=made.last,
                    form="layer",
                    bound_to_mode=guarded_by_mode(machine),
                )
            )
