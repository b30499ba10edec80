"""Losses whose targets hold the padding that the model's own embedding skips."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from torchlint.facts.loss import LossCall, PaddedLoss, Reduction, Tensor
from torchlint.knowledge.losses import LOSSES, OF_TOKENS
from torchlint.live.stream.events import BackwardEnded, ForwardEnded, LossCalled
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here, spots_of

LOOKED_AT = 8
"""So many targets of a loss at one place are looked into."""


class Padding(Observer):
    """The padding of the embeddings in a pass, by the size of their vocabulary, and the losses that count it."""

    def __init__(self) -> None:
        self._padding: dict[int, int] = {}
        self._looked: dict[tuple[object, ...], int] = {}
        self._facts: dict[tuple[object, ...], PaddedLoss] = {}

    @on(ForwardEnded)
    def forward_ended(self, event: ForwardEnded, here: Here) -> None:
        """An embedding has run."""
        module = event.module
        if isinstance(module, nn.Embedding) and module.padding_idx is not None:
            self._padding[module.num_embeddings] = module.padding_idx

    @on(LossCalled, closely=True)
    def loss_called(self, event: LossCalled, here: Here) -> None:
        """A loss of tokens is computed."""
        scores, target = event.arguments.get("input"), event.arguments.get("target")
        if event.name not in OF_TOKENS or not self._padding:
            return
        if not isinstance(scores, torch.Tensor) or not isinstance(target, torch.Tensor):
            return
        if not scores.requires_grad or scores.dim() < 2 or target.is_floating_point():
            return
        padding = self._padding.get(scores.shape[1])
        place = (event.name, *spots_of(here.chain))
        looked = self._looked[place] = self._looked.get(place, 0) + 1
        if padding is None or place in self._facts or looked > LOOKED_AT or not _counts(event.arguments, padding):
            return
        if _is_padded(target, padding):
            self._facts[place] = PaddedLoss(site=here(), via=here.via, call=_call(event, here))

    @on(BackwardEnded, closely=True)
    def backward_ended(self, event: BackwardEnded, here: Here) -> None:
        """The next model may have embeddings of its own."""
        self._padding.clear()

    def finish(self) -> Iterable[PaddedLoss]:
        """The losses that count padding."""
        return self._facts.values()


def _counts(arguments: dict[str, Any], padding: int) -> bool:
    """Whether a loss counts padding as it counts words."""
    reduced = arguments.get("reduction", "mean") in ("mean", "sum")
    return reduced and arguments.get("ignore_index") != padding and arguments.get("weight") is None


def _is_padded(target: torch.Tensor, padding: int) -> bool:
    """Whether padding follows on padding: one alone may be the mark of an end."""
    here = target == padding
    return any(
        bool((here.narrow(each, 1, size - 1) & here.narrow(each, 0, size - 1)).any())
        for each, size in enumerate(target.shape)
        if size > 1
    )


def _call(event: LossCalled, here: Here) -> LossCall:
    kind = LOSSES[event.name]
    return LossCall(
        site=here(),
        via=here.via,
        loss=event.name,
        expects=kind.expects,
        symmetric=kind.symmetric,
        prediction=Tensor(),
        target=Tensor(),
        reduction=Reduction(event.arguments.get("reduction", "mean")),
    )
