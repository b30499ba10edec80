"""Finds the models of a run that learn what comes next in their own input, and probes whether they see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from torchlint.facts.health import SequenceDependence
from torchlint.live.objects.layers import unwrapped
from torchlint.live.objects.tensors import all_tensors_in
from torchlint.live.probing.batches import Trial, has_numbers
from torchlint.live.probing.copies import NotProbed, hidden_from_watches, random_state_kept, too_large
from torchlint.live.probing.look_ahead import look_ahead, shifted_target
from torchlint.live.stream.events import BackwardStarted, ForwardEnded, ForwardStarted, LossCalled
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.recorder import Recorder

if TYPE_CHECKING:
    from torchlint.live.stream.places import Here

TRIES = 4
"""So many losses of a model are looked at before it is taken for one that predicts something else."""


@dataclass(frozen=True, slots=True)
class _Pass:
    """What a model was given in the forward pass that a loss may follow, or be part of."""

    model: nn.Module
    inputs: tuple[Any, ...]
    keywords: Mapping[str, Any]
    here: Here


class ShiftedTargets(Observer):
    """Compares what a model is given with the targets of the loss beside it, in the first steps."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._tries: WeakKeyDictionary[nn.Module, int] = WeakKeyDictionary()
        self._running: list[int] = []
        self._pass: _Pass | None = None
        self._target: tuple[Tensor, int] | None = None
        self._facts: list[SequenceDependence] = []

    @on(ForwardStarted)
    def forward_started(self, event: ForwardStarted, here: Here) -> None:
        """A module runs, perhaps in another."""
        self._running.append(id(event.module))

    @on(ForwardEnded)
    def forward_ended(self, event: ForwardEnded, here: Here) -> None:
        """A model has run: its loss may have been computed in it."""
        while self._running and self._running.pop() != id(event.module):
            pass
        model = event.module
        if not self._running and model.training and torch.is_grad_enabled() and self._tries.get(model, 0) < TRIES:
            self._pass = _Pass(model, event.inputs, event.keywords, here.kept())
            self._compare()

    @on(LossCalled, closely=True)
    def loss_called(self, event: LossCalled, here: Here) -> None:
        """A loss: its targets may be what the model was given, one position later."""
        target = event.arguments.get("target")
        if isinstance(target, Tensor) and target.layout is torch.strided and torch.is_grad_enabled():
            self._target = target, event.arguments.get("ignore_index", -100)
            self._compare()

    @on(BackwardStarted)
    def backward_started(self, event: BackwardStarted, here: Here) -> None:
        """The pass is over: let go of what was given."""
        self._running.clear()
        self._pass = self._target = None

    def _compare(self) -> None:
        if self._pass is None or self._target is None:
            return
        given, (target, ignored) = self._pass, self._target
        self._pass = self._target = None
        self._tries[given.model] = self._tries.get(given.model, 0) + 1
        if not has_numbers(given.model, given.inputs, given.keywords, target) or too_large(given.model):
            return
        trial = Trial(given.inputs, dict(given.keywords))
        relations = (shifted_target(each, target, ignored) for each in all_tensors_in((given.inputs, given.keywords)))
        relation = next((each for each in relations if each is not None), None)
        if relation is None:
            return
        self._tries[given.model] = TRIES
        try:
            with hidden_from_watches(), random_state_kept():
                seen = look_ahead(unwrapped(given.model), trial, relation, self._recorder.places.here)
        except (NotProbed, RuntimeError, TypeError, ValueError):
            return  # A copy that does not run accuses nobody.
        if seen is not None:
            self._facts.append(
                SequenceDependence(
                    site=(seen.call.site if seen.call is not None else None) or given.here(),
                    model=type(unwrapped(given.model)).__name__,
                    position=seen.position,
                    length=relation.length,
                    earlier=seen.earlier,
                    own=seen.own,
                    module=seen.call.name if seen.call is not None else "",
                )
            )

    def finish(self) -> Iterable[SequenceDependence]:
        """What the probes found."""
        return self._facts
