"""Where layers are built: by which `forward`, and whether each of its runs builds them."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.site import Site
from torchlint.source.paper.detect.detector import Analysis, listens
from torchlint.source.paper.domain.values import Kind, Thing
from torchlint.source.paper.occurrences.layers import Built
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.frames import Frame


@dataclass(frozen=True, slots=True)
class LayerBirth:
    """A layer built at a place while the `forward` of `owner` runs; `guarded` when not every run comes there."""

    made: Thing
    site: Site
    owner: Thing
    guarded: bool


class LayerBirths(Analysis):
    """The layers that are built on the way of a model's output."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.found: list[LayerBirth] = []

    @listens
    def collect_birth(self, built: Built) -> None:
        """Remember a layer that a `forward`, or what it calls, builds."""
        birth = _birth_of(self.machine, built.made)
        if birth is not None:
            self.found.append(birth)


def _birth_of(machine: Machine, made: Thing) -> LayerBirth | None:
    """The `forward` that builds a layer here; None where none does, or only a layer that is built itself."""
    frames = machine.frames
    if made.kind is not Kind.LAYER or made.site is None:
        return None
    for index in range(len(frames) - 1, -1, -1):
        frame = frames[index]
        # What a decorator may keep is built once, as far as anybody knows.
        if frame.function == "__init__" or (frame.may_be_kept and frame.function != "forward"):
            return None
        owner = frame.receiver
        if frame.function == "forward" and isinstance(owner, Thing) and owner.kind is Kind.LAYER:
            return LayerBirth(made, made.site, owner, _is_guarded(machine, frames[index:]))
    return None


def _is_guarded(machine: Machine, frames: list[Frame]) -> bool:
    # An early return guards what follows it as an `if` does.
    inside = machine.inside_branches > frames[0].inside_branches
    return inside or any(frame.returns or frame.passed_exit for frame in frames)
