"""Detects losses whose targets hold the padding that the model's own embedding skips."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

from torchlint.facts.loss import LossCall, PaddedLoss, Reduction
from torchlint.facts.site import Site
from torchlint.knowledge.arguments import EMBEDDING_PADDING
from torchlint.knowledge.losses import LOSSES, OF_TOKENS
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.losses.terms import TrainedTerms
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Literal, Thing, Value, is_none
from torchlint.source.paper.models.tensors.losses import setting
from torchlint.source.paper.occurrences.layers import LayerRun
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.occurrences.training import LossCompared
from torchlint.source.paper.python.machine import Machine

_REDUCED = (Reduction.MEAN, Reduction.SUM)


@dataclass(frozen=True, slots=True)
class Padding:
    """The number of what fills up, and where an embedding is given it."""

    number: Value
    site: Site | None


class PaddedLosses(Detector):
    """Tokens that an embedding with a padding index was given, and the losses whose targets are such tokens.

    That the embedding is told of its padding is its author's word that these tokens hold some.
    """

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._trained = self.share(TrainedTerms)
        self._padded: dict[Hashable, Padding] = {}
        self._made: dict[int, tuple[LossCall, Padding]] = {}

    @listens
    def collect_tokens(self, ran: LayerRun) -> None:
        """Remember tokens that are embedded."""
        layer = ran.layer
        if not isinstance(layer, Thing) or layer.last != "Embedding" or layer.of is not None:
            return
        padding = layer.arguments.get(EMBEDDING_PADDING.name, EMBEDDING_PADDING.position)
        if padding is not None and not is_none(padding):
            self.remember()
            told = Padding(padding, _place_in(layer, padding))
            self._padded.update((each.whole, told) for each in ran.inputs)

    @listens
    def collect_loss(self, compared: LossCompared) -> None:
        """Remember a loss whose target is such tokens, with nothing that takes the padding out."""
        target = compared.target
        padding = self._padded.get(target.whole) if isinstance(target, TensorValue) else None
        if padding is None or compared.settings.unknown:
            return
        for call in compared.calls:
            if call.loss not in OF_TOKENS or call.reduction not in _REDUCED:
                continue
            kind = LOSSES[call.loss]
            ignored = setting(kind, compared.settings, "ignore_index")
            counted = ignored is None or _differ(ignored, padding.number)
            if counted and setting(kind, compared.settings, "weight") is None:
                self._made[compared.made.number] = (call, padding)

    @listens
    def emit_losses(self, _: ProjectEnded) -> None:
        """Tell of those that train."""
        for number, (call, padding) in self._made.items():
            if number in self._trained:
                known = padding.number.value if isinstance(padding.number, Literal) else None
                self.emit(
                    PaddedLoss(
                        site=call.site,
                        via=call.via,
                        call=call,
                        padding=known if isinstance(known, int) else None,
                        written=padding.site,
                    ),
                    number,
                )


def _place_in(layer: Thing, value: Value) -> Site | None:
    """Where the call that built a layer is given a value."""
    given = list(layer.arguments)
    at = next((place for place, each in enumerate(given) if each is value), None)
    if layer.site is None or at is None or layer.arguments.unknown:
        return None
    return replace(layer.site, argument=at)


def _differ(ignored: Value, padding: Value | None) -> bool:
    """Whether two numbers are known, and not the same."""
    return isinstance(ignored, Literal) and isinstance(padding, Literal) and ignored.value != padding.value
