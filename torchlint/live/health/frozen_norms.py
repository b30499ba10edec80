"""Batch norm that goes on collecting statistics in a part of a model which is frozen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torchlint.facts.answer import Answer
from torchlint.facts.fact import Fact
from torchlint.facts.layer import FrozenNorm
from torchlint.facts.site import Site
from torchlint.knowledge.layers import BATCH_NORMS
from torchlint.live.health.registry import ModelRegistry
from torchlint.live.objects.identity import WeakMap
from torchlint.live.objects.layers import Layers
from torchlint.live.objects.weights import Weights
from torchlint.live.stream.events import ForwardEnded, StepStarted
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.recorder import Recorder
from torchlint.live.text.freezing import freezing_statement

if TYPE_CHECKING:
    from torch.nn import Module

    from torchlint.live.stream.places import Here

FEWEST_STEPS = 2


@dataclass(slots=True)
class _Frozen:
    """A batch norm in a frozen part: `written` counts the changes of its weights, which stays where it is frozen."""

    part: str
    site: Site | None
    written: int
    steps: int = 0
    ran: bool = True
    moves: bool = False


class FrozenNormObserver(Observer):
    """Looks, at sampled steps, at the batch norms that run in training mode while their part is frozen."""

    def __init__(self, recorder: Recorder, registry: ModelRegistry, layers: Layers) -> None:
        self._files = recorder.places.files
        self._registry = registry
        self._layers = layers
        self._weights = Weights()
        self._frozen: WeakMap[_Frozen] = WeakMap()
        self._found: dict[Site, FrozenNorm] = {}

    @on(ForwardEnded)
    def forward_ended(self, event: ForwardEnded, here: Here) -> None:
        """A batch norm has run and, in training mode, changed its statistics."""
        norm = event.module
        if type(norm).__name__ not in BATCH_NORMS or not norm.training or norm.running_mean is None:
            return
        part = self._part(norm)
        known = self._frozen.get(norm)
        if part is None:
            if known is not None:
                known.moves = True
            return
        written, changed = sum(each._version for each in part.parameters()), self._weights.changed(part)
        if known is None:
            self._frozen[norm] = _Frozen(type(part).__name__, self._layers.site(norm), written)
        else:
            known.ran, known.moves = True, known.moves or changed or known.written != written

    def _part(self, norm: Module) -> Module | None:
        """The outermost module around a batch norm, all of whose parameters are frozen."""
        module = self._registry.model(norm)
        for name in ("", *self._registry.name(norm).split(".")):
            module = getattr(module, name) if name else module
            parameters = list(module.parameters())
            if parameters and not any(each.requires_grad for each in parameters):
                return module
        return None

    @on(StepStarted, closely=True)
    def step_started(self, event: StepStarted, here: Here) -> None:
        """Others train."""
        for norm, frozen in self._frozen.items():
            if frozen.ran:
                frozen.ran, frozen.steps = False, frozen.steps + 1
                if frozen.steps >= FEWEST_STEPS:
                    self._tell(norm, frozen)

    def _tell(self, norm: Module, frozen: _Frozen) -> None:
        pages = [self._files.page(path) for path, mine in self._files.seen.items() if mine]
        site = freezing_statement(pages) or frozen.site
        if site is None:
            return
        if frozen.moves:
            self._found.pop(site, None)
        else:
            self._found.setdefault(site, FrozenNorm(site=site, part=frozen.part, training=Answer.of(norm.training)))

    def finish(self) -> Iterable[Fact]:
        """What was found so far."""
        return self._found.values()
