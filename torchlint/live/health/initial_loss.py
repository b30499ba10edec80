"""The first value of every classification loss, as it would be without weights and smoothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.fact import Fact
from torchlint.facts.health import InitialLoss
from torchlint.facts.site import Site
from torchlint.live.stream.events import LossCalled, ModuleInitStarted, WeightsLoaded
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.recorder import Recorder

if TYPE_CHECKING:
    from torchlint.live.stream.places import Here

ON_PURPOSE = 1.5


class InitialLossObserver(Observer):
    """Looks at the losses before the first step."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._losses: dict[Site, InitialLoss] = {}
        self._built = False
        self._loaded = False

    @on(WeightsLoaded)
    def weights_loaded(self, event: WeightsLoaded, here: Here) -> None:
        """Some model starts from weights that are not its own."""
        self._loaded = True

    @on(ModuleInitStarted)
    def module_init_started(self, event: ModuleInitStarted, here: Here) -> None:
        """Some model was built while we watched."""
        self._built = True

    @on(LossCalled, closely=True)
    def loss_called(self, event: LossCalled, here: Here) -> None:
        """Take the first value of a loss that is trained on."""
        name, value = event.name, event.value
        if self._recorder.step_number or not isinstance(value, Tensor) or not value.requires_grad or value.is_meta:
            return
        site = here()
        if site in self._losses:
            return
        measured = _measured(name, event.arguments)
        if measured is not None:
            self._losses[site] = InitialLoss(site=site, loss=name, value=measured[0], classes=measured[1])

    def finish(self) -> Iterable[Fact]:
        """The losses, with what is known of the model's past."""
        untrained = self._untrained()
        for each in self._losses.values():
            yield InitialLoss(
                site=each.site, loss=each.loss, value=each.value, classes=each.classes, untrained=untrained
            )

    def _untrained(self) -> Answer:
        if self._loaded:
            return No
        return Yes if self._built else Unknown


@torch.no_grad()
def _measured(name: str, arguments: dict[str, Any]) -> tuple[float, int] | None:
    """The loss's mean and the number of classes; None for losses and arguments of which it is not known.

    A model that has learned nothing does about as well with other samples' targets. Where it does much better with
    those, the loss was made hard on purpose (a margin on the right class): nothing is known then.
    """
    scores, target = arguments.get("input"), arguments.get("target")
    if not isinstance(scores, Tensor) or not isinstance(target, Tensor) or not scores.numel():
        return None
    scores = scores.detach().float()
    if not bool(torch.isfinite(scores).all()):
        return None
    others = target.roll(1, 0) if target.dim() else target
    match name:
        case "CrossEntropyLoss" | "NLLLoss":
            classes = scores.shape[1] if scores.dim() > 1 else scores.shape[0]
            if scores.dim() == 2 and scores.shape[0] == scores.shape[1]:
                return None  # Every sample against every other: a contrastive loss.
            loss = functional.cross_entropy if name == "CrossEntropyLoss" else functional.nll_loss
            ignored = {"ignore_index": arguments["ignore_index"]} if "ignore_index" in arguments else {}
            values = [loss(scores, each, **ignored) for each in (target, others)]
        case "BCEWithLogitsLoss":
            classes = 2
            values = [functional.binary_cross_entropy_with_logits(scores, each.float()) for each in (target, others)]
        case "BCELoss":
            classes = 2
            values = [functional.binary_cross_entropy(scores, each.float()) for each in (target, others)]
        case _:
            return None
    value, with_others = (float(each) for each in values)
    return None if value > ON_PURPOSE * with_others else (min(value, with_others), classes)
