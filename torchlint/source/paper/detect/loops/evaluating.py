"""What analyses that find evaluations have in common."""

from __future__ import annotations

from torchlint.facts.event import Forward
from torchlint.facts.site import Site
from torchlint.intent.unit_tests import is_unit_test
from torchlint.source.paper.detect.detector import Analysis
from torchlint.source.paper.domain.values import Kind, Thing
from torchlint.source.paper.occurrences.training import Evaluated
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.frames import Loop


class EvaluationFinder(Analysis):
    """An analysis that finds evaluations."""

    def emit_evaluation(self, forwards: tuple[Forward, ...], site: Site, loop: Loop | None = None) -> None:
        """Tell of an evaluation, and of the `loop` that it is, if it is one."""
        self.machine.tell(Evaluated(forwards, site, loop))


def may_evaluate(machine: Machine) -> bool:
    """Whether what runs a model over no loader can be an evaluation here.

    A method of a model goes by the gradient mode of its caller, whom nobody knows.
    """
    inside = any(isinstance(each.receiver, Thing) and each.receiver.kind is Kind.LAYER for each in machine.frames)
    return not inside and not is_unit_test(machine.frame.function, machine.frame.module.path)
