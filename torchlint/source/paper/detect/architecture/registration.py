"""Detects modules that register layers before `super().__init__()` was called."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, No, Unknown
from torchlint.facts.layer import Registration
from torchlint.facts.site import Site
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.values import Kind, ProjectClass, Thing
from torchlint.source.paper.occurrences.layers import MemberAssigned
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.python.attributes import lineage
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import INITIALISED
from torchlint.source.paper.state.objects import shown_name


@dataclass(frozen=True, slots=True)
class FirstMember:
    """The first layer or parameter that a module is given by its `__init__`."""

    owner: Thing
    name: str
    site: Site
    initialised: Answer


class RegistrationBeforeInit(Detector):
    """The first layer or parameter that each module registers, and whether it can by then."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._first: dict[int, FirstMember] = {}

    @listens
    def collect_first(self, assigned: MemberAssigned) -> None:
        """Remember what a module's own `__init__` registers first."""
        owner, value = assigned.owner, assigned.value
        if owner.of is None or not (isinstance(value, Thing) and value.kind in (Kind.LAYER, Kind.LOSS, Kind.PARAMETER)):
            return
        if owner.number in self._first or not self._is_constructing(owner):
            return
        initialised = self._initialised(owner)
        if initialised is No and any(map(_has_metaclass, lineage(owner.of))):
            initialised = Unknown
        self._first[owner.number] = FirstMember(owner, assigned.name, assigned.site, initialised)

    def _is_constructing(self, owner: Thing) -> bool:
        if self.machine.frame.receiver is not owner:
            return False
        return any(frame.function == "__init__" and frame.receiver is owner for frame in self.machine.frames)

    def _initialised(self, owner: Thing) -> Answer:
        """Whether the base class of a module is initialised by now."""
        return self.machine.state.get(INITIALISED, owner.number)

    @listens
    def emit_registrations(self, _: ProjectEnded) -> None:
        """Tell what each module registers first, and whether its base class was initialised by then."""
        for first in self._first.values():
            self.emit(
                Registration(
                    site=first.site,
                    owner=first.owner.last,
                    attribute=shown_name(first.name),
                    initialised=first.initialised,
                    ever=self._initialised(first.owner),
                ),
                first.owner.number,
            )


def _has_metaclass(owner: ProjectClass) -> bool:
    """Whether a metaclass builds the instances of a class, and may initialise them before `__init__` runs."""
    return any(base.keyword == "metaclass" for base in owner.definition.bases)
