"""Detects dropout in `forward` that goes on in eval mode."""

from __future__ import annotations

from torchlint.facts.answer import Answer, Yes
from torchlint.facts.layer import DropoutCall, DropoutForm
from torchlint.facts.site import Site
from torchlint.knowledge.functional import DROPOUTS
from torchlint.knowledge.layers import LAYERS
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.values import Kind, Thing
from torchlint.source.paper.occurrences.calls import SymbolCalled
from torchlint.source.paper.occurrences.layers import Built
from torchlint.source.paper.python.conditions import guarded_by_mode


class DropoutInForward(Detector):
    """Dropout that a module applies as a function, or as a layer that its `forward` builds on the spot."""

    @listens
    def emit_layer(self, built: Built) -> None:
        """Look at a layer that `forward` builds."""
        made = built.made
        if made.kind is not Kind.LAYER or made.of is not None or made.last not in LAYERS or "Dropout" not in made.last:
            return
        if made.site is not None and self.machine.frame.function == "forward" and self._is_in_module():
            self._emit(made.last, DropoutForm.LAYER, guarded_by_mode(self.machine), made.site)

    @listens
    def emit_function(self, called: SymbolCalled) -> None:
        """Look at a function that is dropout."""
        package, _, last = called.dotted.rpartition(".")
        if package != "torch.nn.functional" or last not in DROPOUTS or not self._is_in_module():
            return
        given = called.arguments.get("training", 2) is not None or called.arguments.unknown
        bound_to_mode = Yes if given else guarded_by_mode(self.machine)
        self._emit(f"F.{last}", DropoutForm.FUNCTION, bound_to_mode, called.site)

    def _is_in_module(self) -> bool:
        receiver = self.machine.frame.receiver
        return isinstance(receiver, Thing) and receiver.kind is Kind.LAYER

    def _emit(self, name: str, form: DropoutForm, bound_to_mode: Answer, site: Site) -> None:
        via = tuple(self.machine.via)
        self.emit(DropoutCall(site=site, via=via, name=name, form=form, bound_to_mode=bound_to_mode))
