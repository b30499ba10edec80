"""The first NaN or Inf of a run: the loss is looked at in every step, and the rest only to find where it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import isfinite, isnan
from typing import TYPE_CHECKING, Any
from weakref import ReferenceType, ref

import torch
from torch import Tensor

from torchlint.facts.fact import Fact
from torchlint.facts.health import NonFinite, NonFiniteValue, Quantity
from torchlint.live.health.norms import GradientObserver, non_finite_value
from torchlint.live.health.registry import ModelRegistry
from torchlint.live.objects.tensors import floats_in
from torchlint.live.stream.events import BackwardStarted, BatchDrawn, ForwardEnded, LossCalled, LossScaled, StepEnded
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.recorder import Recorder

if TYPE_CHECKING:
    from torchlint.facts.site import Site
    from torchlint.live.stream.places import Here

FIRST_STEPS = 2


class FinitenessObserver(Observer):
    """Watches losses that are trained on; layers are looked at one by one in the first steps alone.

    On an accelerator a later loss is judged without waiting for it; the answers are fetched at sampled steps.
    """

    def __init__(self, recorder: Recorder, registry: ModelRegistry, gradients: GradientObserver) -> None:
        self._recorder = recorder
        self._registry = registry
        self._gradients = gradients
        self._found: NonFinite | None = None
        self._candidate: NonFinite | None = None
        self._flags: list[tuple[Tensor, int, Site]] = []
        self._batch: tuple[list[ReferenceType[Tensor]], Site] | None = None
        self._scaled = False
        self._judged: Callable[[], Tensor | None] = lambda: None

    @on(BatchDrawn)
    def batch_drawn(self, event: BatchDrawn, here: Here) -> None:
        """Remember where the batch is, for the case that the loss is no number."""
        # To walk up the stack is dear, and a step that repeats the one before draws at the same place.
        known = self._batch if self._recorder.repeated.counting else None
        site = here() if known is None else known[1]
        self._batch = [ref(each) for each in floats_in(event.batch)], site

    @on(LossScaled)
    def loss_scaled(self, event: LossScaled, here: Here) -> None:
        """A GradScaler multiplies the loss: what overflows then is its business."""
        self._scaled = True

    @on(ForwardEnded)
    def forward_ended(self, event: ForwardEnded, here: Here) -> None:
        """In the first steps, remember the first layer that makes NaN or Inf of what is finite."""
        module = event.module
        if self._candidate is not None or self._found is not None or self._recorder.step_number >= FIRST_STEPS:
            return
        if not torch.is_grad_enabled() or any(True for _ in module.children()):
            return
        found = _non_finite_in(event.output)
        if found is None:
            return
        broken = self._broken_parameter(dict(module.named_parameters()).values(), here())
        if broken is not None:
            self._candidate = broken
        elif _non_finite_in(event.inputs) is None:
            site = self._registry.site(module, here())
            self._candidate = self._fact(Quantity.ACTIVATION, found, self._registry.called(module), site)

    @on(LossCalled)
    def loss_called(self, event: LossCalled, here: Here) -> None:
        """Judge a loss that is trained on."""
        self._judge(event.value, event.arguments.get("input"), here)

    def _judge(self, value: Any, prediction: Any, here: Here) -> None:
        if self._found is not None or not isinstance(value, Tensor) or not value.requires_grad:
            return
        if value.numel() != 1 or value.is_meta or value.is_complex():
            return
        self._judged = ref(value)
        if not value.is_cpu and self._recorder.step_number >= FIRST_STEPS:
            self._flags.append((torch.isfinite(value.detach()).reshape(()), self._step(), here()))
            if self._recorder.sampled:
                self._fetch()
            return
        # Of a single number on the CPU, that is quick.
        number = value.item()
        if not isfinite(number):
            value = NonFiniteValue.NAN if isnan(number) else NonFiniteValue.INF
            self._found = self._cause(value, prediction, here())

    @on(BackwardStarted)
    def backward_started(self, event: BackwardStarted, here: Here) -> None:
        """The same for losses that are not torch's own."""
        if not self._scaled and len(event.tensors) == 1 and event.tensors[0] is not self._judged():
            self._judge(event.tensors[0], None, here)

    @on(StepEnded, closely=True)
    def step_ended(self, event: StepEnded, here: Here) -> None:
        """The loss was a number: infinite values on the way there (of a mask) did no harm."""
        self._candidate = None

    def _step(self) -> int:
        return self._recorder.step_number + 1

    def _fact(self, quantity: Quantity, value: NonFiniteValue, module: str, site: Site) -> NonFinite:
        return NonFinite(site=site, quantity=quantity, value=value, module=module, step=self._step())

    def _cause(self, value: NonFiniteValue, prediction: Any, here: Site) -> NonFinite:
        """What made the loss no number: the batch, a parameter, a layer, or the loss itself."""
        references, site = self._batch or ((), here)
        for tensor in (reference() for reference in references):
            broken = None if tensor is None else non_finite_value(tensor)
            if broken is not None:
                return self._fact(Quantity.INPUT, broken, "", site)
        if isinstance(prediction, Tensor) and non_finite_value(prediction) is None:
            return self._fact(Quantity.LOSS, value, "", here)
        if self._candidate is not None:
            return self._candidate
        parameter = self._broken_parameter(self._registry.parameters(), here)
        if parameter is not None:
            return parameter
        quantity = Quantity.ACTIVATION if isinstance(prediction, Tensor) else Quantity.LOSS
        return self._fact(quantity, value, "", here)

    def _broken_parameter(self, parameters: Iterable[Tensor], here: Site) -> NonFinite | None:
        for each in parameters:
            value = non_finite_value(each)
            if value is not None:
                owner = self._registry.owner(each)
                module = "" if owner is None else owner[1].rpartition(".")[0]
                return self._fact(Quantity.PARAMETER, value, module, self._registry.site_of_parameter(each, here))
        return None

    def _fetch(self) -> None:
        flags, self._flags = self._flags, []
        finite = torch.stack([flag for flag, _, _ in flags]).tolist()
        for (_, step, site), fine in zip(flags, finite, strict=True):
            if not fine and self._found is None:
                value = NonFiniteValue.EITHER
                self._found = NonFinite(site=site, quantity=Quantity.LOSS, value=value, module="", step=step)

    def finish(self) -> Iterable[Fact]:
        """The first that was found."""
        if self._flags:
            self._fetch()
        found = [each for each in (self._found, self._gradients.first_non_finite) if each is not None]
        if found:
            yield min(found, key=lambda each: each.step)


def _non_finite_in(held: Any) -> NonFiniteValue | None:
    values = (non_finite_value(each) for each in floats_in(held))
    return next((value for value in values if value is not None), None)
