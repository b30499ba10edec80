"""Probes of a run's models, once each: on copies, with the first batch that training gives them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import torch
from torch import Tensor, nn

from torchlint.facts.fact import Fact
from torchlint.live.objects.layers import unwrapped
from torchlint.live.objects.tensors import all_tensors_in
from torchlint.live.probing.batches import Trial, has_numbers
from torchlint.live.probing.copies import NotProbed, too_large
from torchlint.live.probing.probes import probe
from torchlint.live.stream.events import BatchDrawn, ForwardStarted, StepEnded
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.recorder import Recorder

if TYPE_CHECKING:
    from torchlint.live.stream.places import Here

MOST_MODELS = 4


class FirstBatchProbes(Observer):
    """Probes a model when it is about to run in training for the first time.

    What is known then is what the model is given; the rest of the loader's batch is taken for the target.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._seen: WeakSet[nn.Module] = WeakSet()
        self._facts: list[Fact] = []
        self._batch: list[Any] = []
        self._probed = 0
        self.refusals: list[str] = []

    @on(BatchDrawn)
    def batch_drawn(self, event: BatchDrawn, here: Here) -> None:
        """Remember the parts of the batch until a model has run."""
        self._batch = list(all_tensors_in(event.batch)) if self._probed < MOST_MODELS else []

    @on(StepEnded)
    def step_ended(self, event: StepEnded, here: Here) -> None:
        """Let go of the batch."""
        self._batch = []

    @on(ForwardStarted)
    def forward_started(self, event: ForwardStarted, here: Here) -> None:
        """Probe the outermost module that is new; its parts are probed with it."""
        module, inputs = event.module, event.inputs
        if module in self._seen or not module.training or not torch.is_grad_enabled():
            return
        self._seen.update(module.modules())
        trained = any(each.requires_grad for each in module.parameters())
        if not inputs or not trained or self._probed >= MOST_MODELS:
            return
        self._probed += 1
        try:
            self._facts += self._probe(unwrapped(module), inputs, here)
        except NotProbed as refusal:
            self.refusals.append(f"not probed: {refusal}")

    def _probe(self, model: nn.Module, inputs: tuple[Any, ...], here: Here) -> list[Fact]:
        name = type(model).__name__
        if not has_numbers(model, inputs):
            raise NotProbed(f"{name} is on the meta device and holds no numbers")
        if too_large(model):
            raise NotProbed(f"{name} is too large to be copied unasked")
        if any(_has_own_hooks(each) for each in model.modules()):
            raise NotProbed(f"{name} has hooks, and a copy would call them too")
        return probe(model, Trial(inputs, {}, self._target(inputs)), None, here(), self._recorder.places)

    def _target(self, inputs: tuple[Any, ...]) -> Tensor | None:
        """What the batch holds beside the inputs, if it is one tensor."""
        given = {each.data_ptr() for each in all_tensors_in(inputs)}
        rest = [each for each in self._batch if each.data_ptr() not in given]
        return rest[0] if len(rest) == 1 and len(self._batch) > 1 else None

    def finish(self) -> Iterable[Fact]:
        """What the probes found."""
        return self._facts


def _has_own_hooks(module: nn.Module) -> bool:
    hooks = (*module._forward_hooks.values(), *module._forward_pre_hooks.values(), *module._backward_hooks.values())
    return any(not getattr(hook, "__module__", type(hook).__module__).startswith("torch.") for hook in hooks)
