"""Detects objects that are no modules, and hide the layers in them from the module that keeps them."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown, Yes, any_of
from torchlint.facts.layer import Layer, PlainPart
from torchlint.intent.hiding import HeldLayers, hides_on_purpose
from torchlint.knowledge.layers import BASES_WITHOUT_LAYERS, HAND_OUT_PARAMETERS
from torchlint.source.paper.detect.architecture.members import Member, Modules
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.values import Kind, ProjectClass, Thing, Value
from torchlint.source.paper.models.torch import modes
from torchlint.source.paper.models.torch.layers import layer_of
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.python.attributes import class_attribute
from torchlint.source.paper.python.classes import derives_from_none_but
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import ATTRIBUTE, FROZEN, GROUPS, OPEN
from torchlint.source.paper.state.containers import values_in
from torchlint.source.paper.state.objects import inside, parents_of, shown_name


class PlainParts(Detector):
    """Objects of plain classes that are attributes of a module, alone or in a container, and hold layers."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._modules = self.share(Modules)

    @listens
    def emit_parts(self, _: ProjectEnded) -> None:
        """Tell which modules keep objects with layers that nothing registers."""
        for module, member in self._modules.members():
            for part in values_in(self.machine.state, member.value):
                if isinstance(part, Thing) and _is_plain(part):
                    self._emit_part(module, member, part)

    def _emit_part(self, owner: Thing, member: Member, part: Thing) -> None:
        layers = [each for each in _held(self.machine, part) if self._is_only_there(owner, each)]
        if not layers or part.of is None:
            return
        self.emit(
            PlainPart(
                site=member.site,
                via=member.via,
                owner=owner.last,
                attribute=shown_name(member.name),
                kind=part.last,
                layers=tuple(self._layer(each) for each in layers),
                registered=self._registered(owner, part.of, layers),
            ),
            owner.number,
        )

    def _is_only_there(self, owner: Thing, layer: Thing) -> bool:
        """Whether a layer was built while its owner was, and no module registers it or what is in it."""
        parts = inside(self.machine.state, layer)
        alone = all(parents_of(self.machine.state, each) <= parts.keys() for each in parts.values())
        return alone and layer.number > owner.number and owner.number not in parts

    def _registered(self, owner: Thing, kind: ProjectClass, layers: list[Thing]) -> Answer:
        """No, they are not; Unknown where they may be left out on purpose, or are trained all the same."""
        state = self.machine.state
        if state.get(OPEN, owner.number) or any(class_attribute(self.machine, kind, x) for x in HAND_OUT_PARAMETERS):
            return Unknown
        numbers = {each.number for each in layers}
        if any(numbers & state.get(GROUPS, each.number).own for each in self.machine.objects.optimizers):
            return Unknown
        held = HeldLayers(len(layers), wrapped=False, learn=any_of(map(self._learns, layers)))
        return No if hides_on_purpose(held) is No else Unknown

    def _learns(self, layer: Thing) -> Answer:
        """Whether a layer is in training mode and not frozen."""
        training = any_of(mode.training for mode in modes.modes_of(self.machine, layer))
        return (training if layer.kind is Kind.LAYER else Yes) & ~self.machine.state.get(FROZEN, layer.number)

    def _layer(self, held: Thing) -> Layer:
        if held.kind is Kind.PARAMETER:
            return Layer(held.last, held.number, held.site, parameters=Yes)
        return layer_of(self.machine, held)


def _is_plain(part: Thing) -> bool:
    """Whether an object is of a project class that surely is no module."""
    return part.kind is Kind.OBJECT and part.of is not None and derives_from_none_but(part.of, BASES_WITHOUT_LAYERS)


def _held(machine: Machine, part: Thing) -> list[Thing]:
    """The layers and parameters that an object holds, in containers and in plain objects of its own too."""
    found: dict[int, Thing] = {}
    seen: set[int] = set()
    waiting: list[Value] = [part]
    while waiting:
        each = waiting.pop()
        if not isinstance(each, Thing) or each.number in seen:
            continue
        seen.add(each.number)
        if each.kind in (Kind.LAYER, Kind.PARAMETER):
            found[each.number] = each
        elif _is_plain(each):
            for name in machine.objects.attribute_names.get(each.number, ()):
                waiting += values_in(machine.state, machine.state.get(ATTRIBUTE, each.number, name))
    return [found[number] for number in sorted(found)]
