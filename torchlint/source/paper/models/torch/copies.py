"""Copies of models and datasets: by `deepcopy`, and as they are read back from a file that the program itself wrote."""

from __future__ import annotations

from torchlint.facts.answer import Unknown
from torchlint.facts.site import Site
from torchlint.source.paper.domain.values import Kind, Thing
from torchlint.source.paper.python.attributes import set_attribute
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import ATTRIBUTE, CHILDREN


def copy_of(machine: Machine, copied: Thing, site: Site) -> Thing:
    """Another layer or dataset with the same parts."""
    made = Thing(
        kind=copied.kind,
        dotted=copied.dotted,
        of=copied.of,
        arguments=copied.arguments,
        site=site,
        mode_at_birth=Unknown,
        asks_for_mode=copied.asks_for_mode,
    )
    machine.state.set(CHILDREN, machine.children_of(copied), made.number)
    if copied.kind is Kind.DATASET:
        machine.objects.all.append(made)
        for name in machine.objects.attribute_names.get(copied.number, ()):
            set_attribute(machine, made, name, machine.state.get(ATTRIBUTE, copied.number, name), site)
    return made
