"""Detects `torch.autograd.Variable`, which does nothing since tensors do it all."""

from __future__ import annotations

from torchlint.facts.answer import No
from torchlint.facts.hygiene import DeprecatedVariable
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.occurrences.calls import SymbolCalled

VARIABLES = ("torch.autograd.Variable", "torch.autograd.variable.Variable")


class Variables(Detector):
    """Every call of `Variable`."""

    @listens
    def emit_variable(self, called: SymbolCalled) -> None:
        """Something of an installed package is called."""
        if called.dotted not in VARIABLES:
            return
        self.emit(
            DeprecatedVariable(
                site=called.site,
                via=tuple(self.machine.via),
                requires_grad=called.arguments.says("requires_grad", 1, default=No),
                volatile=called.arguments.says("volatile", 2, default=No),
            )
        )
