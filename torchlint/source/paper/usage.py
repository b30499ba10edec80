"""Layers that a module makes and nothing uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torchlint.facts.layer import UnusedLayer
from torchlint.knowledge.layers import BASES_THAT_USE_NO_LAYER, REACH_EVERY_LAYER, REACH_EVERY_MODULE
from torchlint.source import syntax
from torchlint.source.paper.attributes import class_attribute, lineage
from torchlint.source.paper.containers import contents
from torchlint.source.paper.layers import layer_of
from torchlint.source.paper.machine import Machine
from torchlint.source.paper.values import ProjectClass, Routine, Symbol, Thing
from torchlint.source.paper.walk import parts_of


@dataclass(slots=True)
class Mentions:
    """The attributes that a family of classes reads, or mentions outside `__init__`; None when it may reach all."""

    names: frozenset[str] | None

    @staticmethod
    def of(family: list[ProjectClass]) -> Mentions:
        """What the bodies of these classes mention."""
        names: set[str] = set()
        for statement in (statement for member in family for statement in member.definition.body):
            if not isinstance(statement, syntax.Function):
                names.update(f"self.{name}" for name in _read(statement))
                continue
            prepares = "init" in statement.name or "reset" in statement.name
            if not statement.words.isdisjoint(REACH_EVERY_LAYER if prepares else REACH_EVERY_MODULE):
                return Mentions(None)
            inside_constructor = statement.name == "__init__"
            names.update(map("self.{}".format, _read(statement.body)) if inside_constructor else statement.words)
        return Mentions(frozenset(names))

    def has(self, attribute: str) -> bool:
        """Whether an attribute may be used."""
        return self.names is None or f"self.{attribute}" in self.names


def note_unused(machine: Machine) -> None:
    """Tell which layers a module makes in its `__init__` while nothing in the files that were read uses them."""
    borrowed = {name for module in machine.project.modules.values() for name in module.summary.borrowed}
    families = _families(machine.classes)
    known: dict[int, Mentions] = {}
    for thing in machine.things:
        if thing.kind != "layer" or thing.of is None or not _is_closed(machine, thing.of):
            continue
        key = id(thing.of.definition)
        for name in machine.attribute_names.get(thing.number, ()):
            layer = machine.store.get(("attr", thing.number, name))
            if not name.isidentifier() or name in borrowed or not _is_its_own(thing, name, layer):
                continue
            if key not in known:
                known[key] = Mentions.of(list(families[key].values()))
            if not known[key].has(name) and not _only_registers(machine, thing, layer):
                _tell(machine, thing, name, layer)


def _tell(machine: Machine, owner: Thing, name: str, layer: Thing) -> None:
    site, via, _ = machine.store.get(("assigned", owner.number, name))
    machine.record(
        UnusedLayer(site=site, via=via, owner=owner.last, attribute=name, layer=layer_of(machine, layer)),
        owner.number,
    )


def _is_its_own(owner: Thing, name: str, layer: object) -> bool:
    """Whether a layer is known under this name alone, and stands in no other container."""
    if not isinstance(layer, Thing) or layer.kind != "layer":
        return False
    places = sum(child is layer for child in owner.children.values())
    return places == 1 and layer.parents <= {owner.number} and layer.names <= {name}


def _only_registers(machine: Machine, owner: Thing, container: Thing) -> bool:
    """Whether a container is there to register what the module uses through a plain list or dict."""
    inside = {child.number for child in container.children.values()}
    plain = [machine.store.get(("attr", owner.number, name)) for name in machine.attribute_names[owner.number]]
    return any(item.number in inside for value in plain if value is not None for item, _ in contents(machine, value))


def _is_closed(machine: Machine, owner: ProjectClass) -> bool:
    """Whether the class runs a `forward` of the project's, and no base that was not read can use its layers."""
    forward = class_attribute(machine, owner, "forward")
    if not isinstance(forward, Routine) or not isinstance(forward.definition, syntax.Function):
        return False
    if all(isinstance(statement, syntax.Raise) for statement in forward.definition.body):
        return False
    return all(_uses_no_layer(base) for each in lineage(owner) for base in each.bases)


def _uses_no_layer(base: object) -> bool:
    return isinstance(base, ProjectClass) or (isinstance(base, Symbol) and base.last in BASES_THAT_USE_NO_LAYER)


def _families(classes: list[ProjectClass]) -> dict[int, dict[int, ProjectClass]]:
    """For each class, by its definition, the classes that can share an instance with it."""
    families: dict[int, dict[int, ProjectClass]] = {}
    for owner in classes:
        line = lineage(owner)
        for each in line:
            families.setdefault(id(each.definition), {}).update((id(other.definition), other) for other in line)
    return families


def _read(node: object) -> Iterator[str]:
    """Every attribute that is read in a piece of syntax; `self.layer = ...` alone reads nothing."""
    match node:
        case syntax.Assign():
            for target in node.targets:
                yield from _read(target.value if isinstance(target, syntax.Attribute) else target)
            yield from _read(node.value)
        case _:
            if isinstance(node, syntax.Attribute):
                yield node.name
            for part in parts_of(node):
                yield from _read(part)
