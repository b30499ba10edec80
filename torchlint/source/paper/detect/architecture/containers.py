"""Detects layers that a module keeps in a plain list or dict, where its `parameters()` do not find them."""

from __future__ import annotations

from dataclasses import replace

from torchlint.facts.answer import Answer, No, Unknown, any_of
from torchlint.facts.layer import PlainContainer
from torchlint.facts.site import Site
from torchlint.intent.hiding import HeldLayers, hides_on_purpose
from torchlint.source.paper.detect.architecture.members import Member, Modules, layers_in
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.join import alternatives
from torchlint.source.paper.domain.values import Many, Table, Thing, Value
from torchlint.source.paper.models.torch import modes
from torchlint.source.paper.models.torch.layers import layer_of
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import FROZEN, OPEN
from torchlint.source.paper.state.containers import contents
from torchlint.source.paper.state.objects import parents_of, shown_name


class PlainContainers(Detector):
    """Lists, tuples, sets and dicts of layers that are attributes of a module."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._modules = self.share(Modules)

    @listens
    def emit_containers(self, _: ProjectEnded) -> None:
        """Tell which modules keep layers in a plain container."""
        for module, member in self._modules.members():
            for held in alternatives(member.value):
                if isinstance(held, (Many, Table)):
                    self._emit_container(module, replace(member, value=held), held)

    def _emit_container(self, owner: Thing, member: Member, container: Many | Table) -> None:
        layers = layers_in(self.machine, container)
        if not layers:
            return
        put = layers[0][1] if layers[0][1].line else member.site
        kind = "dict" if isinstance(container, Table) else container.kind.value
        by_comma = isinstance(container, Many) and container.by_comma
        inline = put.line == member.site.line or (kind == "tuple" and not by_comma)
        self.emit(
            PlainContainer(
                site=member.site if inline else put,
                via=member.via,
                owner=owner.last,
                attribute=shown_name(member.name),
                container=kind,
                layers=tuple(layer_of(self.machine, layer) for layer, _ in layers),
                registered=self._registered(owner, member, [layer for layer, _ in layers], put),
                by_comma=Answer.of(by_comma),
                kept=member.site,
            ),
            (owner.number, container.number),
        )

    def _registered(self, owner: Thing, member: Member, layers: list[Value], put: Site) -> Answer:
        """Whether the layers are registered elsewhere, or may be left out on purpose."""
        registered = any_of(Answer.of(bool(parents_of(self.machine.state, layer))) for layer in layers)
        if self.machine.state.get(OPEN, owner.number):
            return registered | Unknown  # What it was given, part by part, may be what is in these.
        count = len(contents(self.machine.state, member.value))
        by_comma = isinstance(member.value, Many) and member.value.by_comma
        wrapped = put.line == member.site.line and not by_comma and not _is_built_at(layers[0], member.site)
        held = HeldLayers(count, wrapped, any_of(map(self._learns, layers)))
        return registered if hides_on_purpose(held) is No else registered | Unknown

    def _learns(self, layer: Value) -> Answer:
        """Whether a layer may be in training mode, with parameters that ask for gradients."""
        training = any_of(mode.training for mode in modes.modes_of(self.machine, layer))
        return training & ~self.machine.state.get(FROZEN, layer.number)


def _is_built_at(layer: Value, site: Site) -> bool:
    """Whether a statement builds a layer, itself or through what it calls."""
    places = (layer.site, *layer.via) if isinstance(layer, Thing) else ()
    return any((each.file, each.line) == (site.file, site.line) for each in places if each is not None)
