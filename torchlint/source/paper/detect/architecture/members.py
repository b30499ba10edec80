"""What the modules of a project hold when everything was run: their attributes, and where these were set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torchlint.facts.answer import Answer
from torchlint.facts.site import Site
from torchlint.source.paper.detect.detector import Analysis, listens
from torchlint.source.paper.domain.values import UNSET, Kind, Many, Table, Thing, Value, present
from torchlint.source.paper.occurrences.layers import Built
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import ASSIGNED, ATTRIBUTE, first_of
from torchlint.source.paper.state.containers import contents


@dataclass(frozen=True, slots=True)
class Member:
    """An attribute of a module: what it holds, the place that set it, and whether `__init__` did."""

    name: str
    value: Value
    site: Site
    via: tuple[Site, ...]
    constructed: Answer


class Modules(Analysis):
    """The modules of project classes, in the order in which they were built."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.built: list[Thing] = []

    @listens
    def collect_module(self, built: Built) -> None:
        """Remember a module of a project class, but for those that are built as earlier ones were."""
        if built.made.kind is Kind.LAYER and built.made.of is not None and built.like is None:
            self.built.append(built.made)

    def members(self) -> Iterator[tuple[Thing, Member]]:
        """Every attribute that was set on a module."""
        state = self.machine.state
        for module in self.built:
            for name in self.machine.objects.attribute_names.get(module.number, ()):
                value = state.get(ATTRIBUTE, module.number, name)
                assigned = first_of(state.get(ASSIGNED, module.number, name))
                if value is not UNSET and assigned is not None:
                    held = state.current(present(value))
                    yield module, Member(name, held, assigned.site, assigned.via, assigned.constructing)


def layers_in(machine: Machine, value: Value) -> list[tuple[Thing, Site]]:
    """The layers in a plain list or dict, at any depth, with the places that put them there."""
    kept = contents(machine.state, value) if isinstance(value, (Many, Table)) else []
    return [(item, put) for item, put in kept if isinstance(item, Thing) and item.kind is Kind.LAYER]
