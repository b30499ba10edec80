"""Detects batch norm that goes on collecting statistics in a part of a model which is frozen."""

from __future__ import annotations

from dataclasses import dataclass, field

from torchlint.facts.answer import Answer, Unknown, Yes, any_of, join
from torchlint.facts.event import Step
from torchlint.facts.layer import FrozenNorm
from torchlint.facts.site import Site
from torchlint.knowledge.layers import BATCH_NORMS, FREE_OF_DRIFT, VISION_MODELS_WITH_BATCH_NORM
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.values import Opaque, Parameters, Thing, Value
from torchlint.source.paper.models.torch import modes
from torchlint.source.paper.occurrences.calls import CallReturned, DataAccessed
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.occurrences.training import ForwardRan, ParametersFreed, ParametersWritten
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import FREEZING, Freezing
from torchlint.source.paper.state.objects import above, inside

ONE_BY_ONE = frozenset("eval train apply requires_grad_".split())
"""What is called of the layers of a model where these are gone through."""


@dataclass(slots=True)
class FrozenPart:
    """A part that one place froze: its class, the modes in which its batch norms ran, and whether others trained.

    `switches` are the calls that put the model in training mode where they ran.
    """

    name: str
    owners: set[int]
    modes: list[Answer] = field(default_factory=list)
    switches: set[Site | None] = field(default_factory=set)
    stepped: bool = False


class FrozenNorms(Detector):
    """Batch norms that run within frozen parts.

    A part that is freed again (the discriminator of a GAN), or whose weights are written by hand (a momentum encoder),
    is not frozen for good.
    """

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._parts: dict[tuple[tuple[Site, tuple[Site, ...]], int], FrozenPart] = {}
        self._moving: set[int] = set()
        self._switched_in: set[str] = set()

    @listens
    def collect_freed(self, freed: ParametersFreed) -> None:
        """Parameters learn, or perhaps do; those that are not known may be a batch norm's."""
        self._moving |= freed.numbers
        if not freed.numbers:
            self._switched_in.add(self.machine.frame.module.path)

    @listens
    def collect_data(self, accessed: DataAccessed) -> None:
        """The values of parameters are taken hold of."""
        self._move(accessed.owner)

    @listens
    def collect_write(self, written: ParametersWritten) -> None:
        """The values of parameters are changed by hand."""
        self._move(written.written)

    def _move(self, value: Value) -> None:
        if isinstance(value, Parameters):
            self._moving |= value.subject.own

    @listens
    def follow_call(self, called: CallReturned) -> None:
        """A layer that is not known may be switched or freed, or weights may be written in place."""
        if called.name in ONE_BY_ONE and (called.name == "apply" or isinstance(called.owner, Opaque)):
            self._switched_in.add(self.machine.frame.module.path)
        elif called.name.endswith("_") and called.name != "requires_grad_" and called.owner is not None:
            self._move(called.owner)

    @listens
    def collect_forward(self, ran: ForwardRan) -> None:
        """A model is run: the frozen parts of it that hold batch norm are remembered, with the mode."""
        state = self.machine.state
        parts = inside(state, ran.model)
        for norm in parts.values():
            if not isinstance(norm, Thing) or not _holds_batch_norm(norm):
                continue
            owners = {norm.number, *above(state, norm)}
            number, freezing = max(((each, state.get(FREEZING, each)) for each in owners), key=_age)
            if freezing.frozen is not Yes or freezing.place is None or freezing.when < norm.number:
                continue
            if norm.arguments.says("track_running_stats", 4, default=Yes) is Yes:
                held = parts.get(number, ran.model)
                name = held.last if isinstance(held, Thing) else ""
                key = (freezing.place, self.machine.budget.entry)
                part = self._parts.setdefault(key, FrozenPart(name, set()))
                part.owners |= owners
                part.modes.append(join(mode.training for mode in modes.modes_of(self.machine, norm)))
                if ran.forward.training is Yes:
                    part.switches.add(ran.forward.switch)
                self.remember()

    @listens
    def collect_step(self, step: Step) -> None:
        """Others train."""
        for (_, entry), part in self._parts.items():
            part.stepped |= entry == self.machine.budget.entry

    @listens
    def emit_parts(self, _: ProjectEnded) -> None:
        """Tell which parts are frozen while others train, and in which mode their batch norms run."""
        for (place, _entry), part in self._parts.items():
            if part.stepped and not part.owners & self._moving:
                site, via = place
                training = any_of(part.modes) if not self._is_switched(site) else Unknown
                switch = next(iter(part.switches)) if len(part.switches) == 1 else None
                fact = FrozenNorm(site=site, via=via, part=part.name, training=training, switch=switch)
                self.emit(fact, *sorted(part.owners))

    def _is_switched(self, site: Site) -> bool:
        """Whether the program may switch its batch norms one by one, or leave their statistics alone."""
        project = self.machine.project
        if any(project.are_of_one_program(path, site.file) for path in self._switched_in):
            return True
        return any(
            not module.summary.words.isdisjoint(FREE_OF_DRIFT) and project.are_of_one_program(path, site.file)
            for path, module in project.modules.items()
        )


def _holds_batch_norm(layer: Thing) -> bool:
    """Whether a layer of torch is a batch norm, or a model of torchvision is known to hold some."""
    if layer.of is not None:
        return False
    if layer.dotted.startswith("torchvision.models"):
        return layer.last in VISION_MODELS_WITH_BATCH_NORM and layer.arguments.get("norm_layer") is None
    return layer.last in BATCH_NORMS


def _age(held: tuple[int, Freezing]) -> int:
    return held[1].when
