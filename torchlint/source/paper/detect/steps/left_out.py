"""Detects parameters that are trained around: of a group, or of a module, that no optimizer was given."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, No, Unknown, Yes, join
from torchlint.facts.event import Step
from torchlint.facts.layer import Omission, UnheldParameters
from torchlint.facts.site import Site
from torchlint.facts.subject import Subject
from torchlint.knowledge.optimizers import GROUP_OF_PARAMETERS
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.steps.optimizers import Optimizers
from torchlint.source.paper.domain.values import Kind, Parameters, Table, Thing
from torchlint.source.paper.models.torch import modes
from torchlint.source.paper.models.torch.layers import layer_of
from torchlint.source.paper.models.torch.subjects import subject_of, subjects_in
from torchlint.source.paper.occurrences.calls import CallUnread
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.occurrences.training import BackwardRan, GroupBuilt, ModuleRun
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import FROZEN, GROUPS, LOADED
from torchlint.source.paper.state.containers import table_of
from torchlint.source.paper.state.objects import inside, parents_of


@dataclass(slots=True)
class LeftOut:
    """Parameters that a program may have forgotten: in a group, or of a module that others feed."""

    site: Site
    via: tuple[Site, ...]
    program: int
    subject: Subject
    omission: Omission
    name: str
    feeders: frozenset[int] = frozenset()
    module: Thing | None = None
    reached: bool = False
    trained_around: bool = False


class LeftOutParameters(Detector):
    """Groups that were built and never given, and modules (a loss with weights) that are trained through, not with.

    Only where everything that steps in the program is known: an optimizer of unknown parameters may hold them.
    """

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._optimizers = self.share(Optimizers)
        self._candidates: dict[tuple[object, int], LeftOut] = {}
        self._handed: set[int] = set()

    @listens
    def collect_group(self, built: GroupBuilt) -> None:
        """Remember a group of parameters that are known."""
        machine = self.machine
        held = table_of(machine.state, built.group).get(GROUP_OF_PARAMETERS) if isinstance(built.group, Table) else None
        subject = subjects_in(machine, held)
        if held is None or subject.open or not subject.own or machine.place.forward_depth:
            return
        parts = [each for each in machine.objects.all if each.number in subject.own]
        name = min((name for part in parts for name in machine.names_of(part)), default="", key=len)
        via = tuple(machine.via)
        self._candidates[built.site, machine.budget.entry] = LeftOut(
            built.site, via, machine.budget.entry, subject, Omission.GROUP, name, reached=True
        )
        self.remember()

    @listens
    def collect_module(self, run: ModuleRun) -> None:
        """Remember a module that is given what other modules made, with a graph."""
        machine, module = self.machine, run.module
        if not isinstance(module, Thing) or module.kind is not Kind.LAYER or module.site is None:
            return
        fed = [each for each in run.inputs if each.graph is not No and each.subject.own]
        feeders = frozenset().union(*(each.subject.own for each in fed)) - inside(machine.state, module).keys()
        if not feeders or not self._may_learn(module):
            return
        name = min(machine.names_of(module), default=module.last, key=len)
        subject = subject_of(machine.state, module)
        self._candidates[module.number, machine.budget.entry] = LeftOut(
            module.site, module.via, machine.budget.entry, subject, Omission.MODULE, name, feeders, module
        )
        self.remember()

    def _may_learn(self, module: Thing) -> bool:
        """Whether a module of the project's or of torch's is new, in training mode, recorded, and has parameters."""
        state = self.machine.state
        if parents_of(state, module) or not (module.of is not None or module.dotted.startswith("torch.nn")):
            return False
        parts = inside(state, module)
        if any(state.get(FROZEN, each) is not No or state.get(LOADED, each) is not No for each in parts):
            return False
        training = join(mode.training for mode in modes.modes_of(self.machine, module))
        recorded = modes.gradients(self.machine) is Yes
        return training is Yes and recorded and layer_of(self.machine, module).parameters is Yes

    @listens
    def collect_unread(self, unread: CallUnread) -> None:
        """What was not read may build an optimizer for what it is given."""
        for each in unread.arguments:
            if isinstance(each, (Parameters, Table)) or (isinstance(each, Thing) and each.kind is Kind.LAYER):
                self._handed |= subjects_in(self.machine, each).own

    @listens
    def collect_backward(self, ran: BackwardRan) -> None:
        """Gradients reach the modules of a loss."""
        if ran.loss is not None:
            for each in self._of_this_program():
                each.reached |= bool(ran.loss.subject.own & each.subject.own)

    @listens
    def collect_step(self, step: Step) -> None:
        """Something steps: what feeds a module, or another part of the model that a group is of."""
        for each in self._of_this_program():
            beside = step.subject.above & each.subject.above or step.subject.own & each.feeders
            each.trained_around |= each.reached and bool(beside)

    def _of_this_program(self) -> list[LeftOut]:
        return [each for each in self._candidates.values() if each.program == self.machine.budget.entry]

    @listens
    def emit_left_out(self, _: ProjectEnded) -> None:
        """Tell of parameters that stayed as they were while others learned."""
        for each in self._candidates.values():
            if each.trained_around:
                frozen = join(self.machine.state.get(FROZEN, number) for number in each.subject.own)
                self.emit(
                    UnheldParameters(
                        site=each.site,
                        via=each.via,
                        name=each.name,
                        trainable=~frozen,
                        held=self._held(each),
                        omission=each.omission,
                    ),
                    *sorted(each.subject.own),
                )

    def _held(self, left_out: LeftOut) -> Answer:
        if left_out.subject.own & self._handed:
            return Unknown
        groups = [
            self.machine.state.get(GROUPS, optimizer.number)
            for optimizer in self._optimizers.that_may_hold(left_out.subject, left_out.program)
        ]
        if any(group.concerns(left_out.subject) is Yes for group in groups):
            return Yes
        return Unknown if any(group.open for group in groups) else No
