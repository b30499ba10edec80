"""Detects `layer.forward(...)` in place of `layer(...)`, and calls of a number that counts layers."""

from __future__ import annotations

from torchlint.facts.layer import DirectForward, IndexCall
from torchlint.source import syntax
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.join import alternatives
from torchlint.source.paper.domain.values import Kind, Thing
from torchlint.source.paper.occurrences.calls import ForwardCalled, IndexCalled
from torchlint.source.written import text_of


class DirectForwards(Detector):
    """Every call of a layer's `forward` that passes its hooks by."""

    @listens
    def emit_forward(self, called: ForwardCalled) -> None:
        """A `forward` is called by its name."""
        for option in alternatives(called.owner):
            if isinstance(option, Thing) and option.kind is Kind.LAYER:
                receiver = text_of(called.receiver) or "layer"
                via = tuple(self.machine.via)
                self.emit(DirectForward(site=called.site, via=via, receiver=receiver))


class IndexCalls(Detector):
    """Every call of what counts through `range(len(layers))`, where the layer was meant."""

    @listens
    def emit_call(self, called: IndexCalled) -> None:
        """An index is called."""
        if isinstance(called.function, syntax.Name):
            via = tuple(self.machine.via)
            self.emit(IndexCall(site=called.site, via=via, name=called.function.id, of=called.index.of))
