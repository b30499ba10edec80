"""Detects layers that a module makes and nothing uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torchlint.facts.layer import UnusedLayer
from torchlint.knowledge.layers import BASES_THAT_USE_NO_LAYER, REACH_EVERY_LAYER, REACH_EVERY_MODULE
from torchlint.source import syntax
from torchlint.source.paper.detect.architecture.borrowed import Borrowed
from torchlint.source.paper.detect.architecture.members import Modules
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.values import UNSET, Kind, ProjectClass, Routine, Thing
from torchlint.source.paper.models.torch.layers import layer_of
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.python.attributes import class_attribute, lineage
from torchlint.source.paper.python.classes import derives_from_none_but
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import ASSIGNED, ATTRIBUTE, first_of
from torchlint.source.paper.state.containers import contents
from torchlint.source.paper.state.objects import parents_of, shown_name
from torchlint.source.walk import parts_of


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


class UnusedLayers(Detector):
    """Layers that a module makes in its `__init__` while nothing in the files that were read uses them."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._modules = self.share(Modules)

    @listens
    def emit_unused(self, _: ProjectEnded) -> None:
        """Tell which layers a module makes for nothing."""
        families = _families(self.machine.modules.classes)
        known: dict[int, Mentions] = {}
        borrowed = Borrowed(self.machine.project)
        for module in self._modules.built:
            if module.of is None or not _is_closed(self.machine, module.of):
                continue
            key = id(module.of.definition)
            for name in self.machine.objects.attribute_names.get(module.number, ()):
                layer = self.machine.state.get(ATTRIBUTE, module.number, name)
                if not name.isidentifier() or not isinstance(layer, Thing) or name in borrowed.beside(module.of):
                    continue
                if not self._is_its_own(module, name, layer):
                    continue
                if key not in known:
                    known[key] = Mentions.of(list(families[key].values()))
                if known[key].has(name) or _only_registers(self.machine, module, layer):
                    continue
                if not _is_read_elsewhere(name, list(families[key].values()), self.machine.modules.classes):
                    self._emit_unused(module, name, layer)

    def _emit_unused(self, owner: Thing, name: str, layer: Thing) -> None:
        assigned = first_of(self.machine.state.get(ASSIGNED, owner.number, name))
        if assigned is None:
            return
        self.emit(
            UnusedLayer(
                site=assigned.site,
                via=assigned.via,
                owner=owner.last,
                attribute=shown_name(name),
                layer=layer_of(self.machine, layer),
            ),
            owner.number,
        )

    def _is_its_own(self, owner: Thing, name: str, layer: Thing) -> bool:
        """Whether a layer is known under this name alone, and stands in no other container."""
        if layer.kind is not Kind.LAYER or not self.machine.names_of(layer) <= {name}:
            return False
        places = sum(child is layer for child in self.machine.children_of(owner).values())
        return places == 1 and parents_of(self.machine.state, layer) <= {owner.number}


def _only_registers(machine: Machine, owner: Thing, container: Thing) -> bool:
    """Whether a container is there to register what the module uses through a plain list or dict."""
    inside = {child.number for child in machine.children_of(container).values()}
    plain = [machine.state.get(ATTRIBUTE, owner.number, name) for name in machine.objects.attribute_names[owner.number]]
    return any(
        item.number in inside for value in plain if value is not UNSET for item, _ in contents(machine.state, value)
    )


def _is_read_elsewhere(attribute: str, family: list[ProjectClass], classes: list[ProjectClass]) -> bool:
    """Whether a method of another class reads the attribute, and the family borrows it: `Other.method(self)`."""
    lenders = {
        (other.definition.name, statement.name)
        for other in classes
        if other not in family
        for statement in other.definition.body
        if isinstance(statement, syntax.Function) and f"self.{attribute}" in statement.words
    }
    return bool(lenders) and any(_borrows(member.definition.body, lenders) for member in family)


def _borrows(node: object, lenders: set[tuple[str, str]]) -> bool:
    """Whether a piece of syntax takes a method out of another class."""
    match node:
        case syntax.Attribute(value=syntax.Name(id=owner), name=method) if (owner, method) in lenders:
            return True
    return any(_borrows(part, lenders) for part in parts_of(node))


def _is_closed(machine: Machine, owner: ProjectClass) -> bool:
    """Whether the class runs a `forward` of the project's, and no base that was not read can use its layers."""
    forward = class_attribute(machine, owner, "forward")
    if not isinstance(forward, Routine) or not isinstance(forward.definition, syntax.Function):
        return False
    if all(isinstance(statement, syntax.Raise) for statement in forward.definition.body):
        return False
    return derives_from_none_but(owner, BASES_THAT_USE_NO_LAYER)


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
