"""Detects `torch.autograd.Variable`, which does nothing since tensors do it all."""

from __future__ import annotations

from dataclasses import replace

from torchlint.facts.answer import No, Unknown, Yes
from torchlint.facts.event import Backward, Event, Forward, Step
from torchlint.facts.hygiene import DeprecatedVariable
from torchlint.facts.site import Site
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.loops.traces import outside_loops
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.occurrences.calls import SymbolCalled
from torchlint.source.paper.occurrences.program import FunctionRan, LoopRan
from torchlint.source.paper.python.machine import Machine

VARIABLES = ("torch.autograd.Variable", "torch.autograd.variable.Variable")
TRAINING: frozenset[type[Event]] = frozenset((Backward, Step))


class Variables(Detector):
    """Every call of `Variable`. The innermost loop or function around it that runs a model tells what it is for."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._undecided: dict[int, set[Site]] = {}
        self._training: set[Site] = set()

    @listens
    def emit_variable(self, called: SymbolCalled) -> None:
        """Something of an installed package is called."""
        if called.dotted not in VARIABLES:
            return
        given = called.arguments.get("data", 0)
        around = self.machine.loops[-1].number if self.machine.loops else self.machine.frame.number
        self._undecided.setdefault(around, set()).add(called.site)
        self.emit(
            DeprecatedVariable(
                site=called.site,
                via=tuple(self.machine.via),
                requires_grad=called.arguments.says("requires_grad", 1, default=No),
                volatile=called.arguments.says("volatile", 2, default=No),
                trains=Yes if called.site in self._training else Unknown,
                graph=given.graph if isinstance(given, TensorValue) else Unknown,
            )
        )

    @listens
    def end_loop(self, ran: LoopRan) -> None:
        """A loop around calls has ended: where it runs no model, the one around it tells."""
        outer = self.machine.loops[-2].number if len(self.machine.loops) > 1 else self.machine.frame.number
        self._decide(ran.loop.number, outer, ran.kinds)

    @listens
    def end_function(self, ran: FunctionRan) -> None:
        """A function has ended whose calls stood in no loop."""
        frames = self.machine.frames
        number, outer = frames[-1].number, frames[-2].number if len(frames) > 1 else 0
        if number in self._undecided:
            self._decide(number, outer, frozenset(map(type, outside_loops(ran.nodes))))

    def _decide(self, around: int, outer: int, kinds: frozenset[type[Event]]) -> None:
        sites = self._undecided.pop(around, set())
        if not sites:
            return
        if kinds.isdisjoint(TRAINING | {Forward}):
            self._undecided.setdefault(outer, set()).update(sites)
        elif not kinds.isdisjoint(TRAINING):
            self._training |= sites
            for occasion, fact in self.facts.items():
                if fact.site in sites and isinstance(fact, DeprecatedVariable):
                    self.revise(occasion, replace(fact, trains=Yes))
