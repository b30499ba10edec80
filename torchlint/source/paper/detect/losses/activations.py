"""Detects softmaxes that guess their dimension, and logarithms that may be taken of zero."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.loss import Activation, Logarithm
from torchlint.facts.site import Site
from torchlint.knowledge import functional, layers
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.values import Arguments, Kind, Literal
from torchlint.source.paper.models.tensors.operations import fact_of
from torchlint.source.paper.occurrences.calls import SymbolCalled, TensorFunctionApplied
from torchlint.source.paper.occurrences.layers import Built


class SoftmaxDimensions(Detector):
    """Every softmax, function or layer, and whether it is given its `dim`."""

    @listens
    def emit_layer(self, built: Built) -> None:
        """Look at a layer of a library."""
        made = built.made
        position = layers.GUESSES_DIMENSION.get(made.last)
        if made.kind is Kind.LAYER and made.of is None and position is not None and made.site is not None:
            self._emit(made.last, made.arguments, position, made.site)

    @listens
    def emit_function(self, called: SymbolCalled) -> None:
        """Look at a function of `torch.nn.functional`."""
        name = called.dotted.rpartition(".")[2]
        position = functional.GUESSES_DIMENSION.get(name)
        if position is not None and called.dotted.startswith("torch.") and ".nn." in called.dotted:
            self._emit(name, called.arguments, position, called.site)

    def _emit(self, name: str, arguments: Arguments, position: int, site: Site) -> None:
        known = _is_given(arguments, position)
        self.emit(Activation(site=site, via=tuple(self.machine.via), name=name, has_dimension=known))


def _is_given(arguments: Arguments, position: int) -> Answer:
    """Whether an argument `dim` is given that is not None."""
    given = arguments.get("dim", position)
    if given is None:
        return Unknown if arguments.unknown else No
    if not isinstance(given, Literal):
        return Unknown
    return No if given.value is None else Yes


class Logarithms(Detector):
    """Every logarithm, and of what it is taken."""

    @listens
    def emit_logarithm(self, applied: TensorFunctionApplied) -> None:
        """A function is applied to a tensor."""
        if applied.name in functional.LOGARITHMS:
            self.emit(Logarithm(site=applied.site, via=tuple(self.machine.via), of=fact_of(applied.tensor)))
