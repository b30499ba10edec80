"""Whether a run whose loaders repeat their first batch gets its loss down to the floor."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from torch import Tensor
from torch.nn import functional

from torchlint.facts.answer import No, Unknown, Yes
from torchlint.facts.fact import Fact
from torchlint.facts.health import InputSensitivity, OverfitOutcome, ParameterUse, UpdateRatio
from torchlint.facts.site import Site
from torchlint.knowledge.losses import LOSSES
from torchlint.live.objects.optimizers import parameters_of
from torchlint.live.probing.batches import Trial
from torchlint.live.probing.loss_floor import loss_floor
from torchlint.live.stream.events import BackwardStarted, ForwardStarted, LossCalled, LossScaled, StepEnded
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.recorder import Recorder

if TYPE_CHECKING:
    from torchlint.live.stream.places import Here

USUAL_RATIO, OFF = 1e-3, 100.0


class OverfitRun(Observer):
    """Follows the loss of a run with one optimizer; a run with several (a GAN) has no one loss to judge.

    What the other observers have seen by the end are its suspects.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._curve: list[float] = []
        self._last: float | None = None
        self._known: tuple[Tensor, float | None, int] | None = None
        self._floor: float | None = None
        self._targets = 0
        self._site: Site | None = None
        self._model = ""
        self._optimizers: WeakSet[Any] = WeakSet()
        self._parameters = 0
        self._several = False

    @on(ForwardStarted)
    def forward_started(self, event: ForwardStarted, here: Here) -> None:
        """The first module that is trained is the model."""
        if not self._model and event.module.training:
            self._model = type(event.module).__name__

    @on(LossCalled)
    def loss_called(self, event: LossCalled, here: Here) -> None:
        """Before the first step, work out how low this loss can get on this batch."""
        name, arguments, value = event.name, event.arguments, event.value
        prediction, target = arguments.get("input"), arguments.get("target")
        if self._curve or not isinstance(value, Tensor) or not value.requires_grad or name not in LOSSES:
            return
        if not isinstance(prediction, Tensor) or not isinstance(target, Tensor):
            return
        rest = {key: each for key, each in arguments.items() if key not in ("input", "target")}
        function = getattr(functional, LOSSES[name].functional)
        trial = Trial((), {}, target, lambda output, wanted: function(output, wanted, **rest))
        detached = prediction.detach().requires_grad_()
        self._known = value, loss_floor(trial, detached).known, target.numel()

    @on(LossScaled)
    def loss_scaled(self, event: LossScaled, here: Here) -> None:
        """A GradScaler multiplies the loss: the loss before that counts."""
        if isinstance(event.loss, Tensor):
            self._take(event.loss, here)

    @on(BackwardStarted)
    def backward_started(self, event: BackwardStarted, here: Here) -> None:
        """This is the loss that is trained on."""
        if len(event.tensors) == 1 and self._last is None:
            self._take(event.tensors[0], here)

    def _take(self, loss: Tensor, here: Here) -> None:
        if loss.numel() != 1:
            return
        self._last = float(loss.detach())
        if self._curve or self._known is None:
            return
        value, floor, targets = self._known
        plain = float(value.detach())
        if floor is not None and plain and 0 < self._last / plain <= 1:
            # It is that loss, or a part of it for accumulation.
            self._floor, self._targets = floor * self._last / plain, targets
        self._known = None

    @on(StepEnded)
    def step_ended(self, event: StepEnded, here: Here) -> None:
        """One step more."""
        optimizer = event.optimizer
        self._optimizers.add(optimizer)
        self._several = self._several or len(self._optimizers) > 1
        self._site = self._site or here()
        if not self._parameters:
            held = parameters_of(optimizer)
            self._parameters = sum(each.numel() for each in held if each.requires_grad)
        if self._last is not None:
            self._curve.append(self._last)
        self._last = None

    def _others(self) -> Iterable[Fact]:
        for observer in self._recorder.observers:
            if observer is not self:
                yield from observer.finish()

    def finish(self) -> Iterable[Fact]:
        """The outcome, if there is one loss to judge."""
        if self._several or len(self._curve) < 2 or self._site is None:
            return
        yield OverfitOutcome(
            site=self._site,
            model=self._model,
            curve=tuple(self._curve),
            floor=self._floor,
            random=Unknown,
            parameters=self._parameters,
            targets=self._targets,
            suspects=tuple(_suspects(self._others())),
        )


def _suspects(facts: Iterable[Fact]) -> Iterable[str]:
    ratios: list[UpdateRatio] = []
    for fact in facts:
        match fact:
            case ParameterUse(gradient=gradient, influence=influence) if gradient is No and influence is Yes:
                yield f"no gradient reaches {', '.join(f'`{name}`' for name in fact.names[:4])}"
            case InputSensitivity() if fact.change <= 1e-12 * fact.size:
                yield "the output is the same for other inputs"
            case UpdateRatio():
                ratios.append(fact)
    usual = median(each.ratio for each in ratios) if ratios else USUAL_RATIO
    if not USUAL_RATIO / OFF <= usual <= USUAL_RATIO * OFF:
        yield (
            f"the updates are {usual:.1e} of the weights where about 1e-3 is usual: the learning rate "
            f"{ratios[0].learning_rate:g} is off by orders of magnitude"
        )
