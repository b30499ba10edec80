"""Probes of a run's models, once each: on copies, with the first batch that training gives them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from weakref import WeakSet, ref

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from torchlint.facts.fact import Fact
from torchlint.live.objects.layers import unwrapped
from torchlint.live.objects.optimizers import parameters_of
from torchlint.live.objects.tensors import all_tensors_in
from torchlint.live.probing.batches import Trial, has_numbers
from torchlint.live.probing.copies import NotProbed, too_large
from torchlint.live.probing.probes import probe, probe_gradients
from torchlint.live.stream.events import BatchDrawn, ForwardStarted, StepEnded, StepStarted
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.recorder import Recorder

if TYPE_CHECKING:
    from torchlint.live.stream.places import Here

MOST_MODELS = 4
MOST_AGAIN = 2
"""So often all models are probed again, after parameters that had gradients got none."""


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
        self._again = 0
        self._reached: dict[int, tuple[ref[Optimizer], list[bool]]] = {}
        self.refusals: list[str] = []

    @on(BatchDrawn)
    def batch_drawn(self, event: BatchDrawn, here: Here) -> None:
        """Remember the parts of the batch until a model has run."""
        self._batch = list(all_tensors_in(event.batch)) if self._probed < MOST_MODELS else []

    @on(StepEnded)
    def step_ended(self, event: StepEnded, here: Here) -> None:
        """Let go of the batch."""
        self._batch = []

    @on(StepStarted, closely=True)
    def step_started(self, event: StepStarted, here: Here) -> None:
        """Where gradients do not arrive any more, probe the models again."""
        optimizer = event.optimizer
        now = [each.grad is not None for each in parameters_of(optimizer)]
        known = self._reached.get(id(optimizer))
        if known is None or known[0]() is not optimizer or len(known[1]) != len(now):
            self._reached[id(optimizer)] = ref(optimizer), now
            return
        before = known[1]
        if any(now) and any(was and not is_ for was, is_ in zip(before, now, strict=True)) and self._again < MOST_AGAIN:
            self._again += 1
            self._seen.clear()
        self._reached[id(optimizer)] = known[0], [was or is_ for was, is_ in zip(before, now, strict=True)]

    @on(ForwardStarted)
    def forward_started(self, event: ForwardStarted, here: Here) -> None:
        """Probe the outermost module that is new; its parts are probed with it."""
        module, inputs = event.module, event.inputs
        if module in self._seen or not module.training or not torch.is_grad_enabled():
            return
        self._seen.update(module.modules())
        trained = any(each.requires_grad for each in module.parameters())
        if not inputs or not trained or (self._probed >= MOST_MODELS and not self._again):
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
        trial, places = Trial(inputs, {}, self._target(inputs)), self._recorder.places
        return (
            probe_gradients(model, trial, here(), places) if self._again else probe(model, trial, None, here(), places)
        )

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
