"""The events of a run, as the hooks emit them: one class for each, and observers subscribe by class.

An event holds the run's own objects, so it lives during the call that emits it alone. Whoever keeps something of it
keeps a weak reference.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module
    from torch.optim import Optimizer
    from torch.utils.data import DataLoader


SOME = 16
"""So many parameters of an optimizer are looked at in every step."""


class LiveEvent:
    """Something that the run does."""

    __slots__ = ()


class RepeatableEvent(LiveEvent):
    """An event that a repeated training step may be made of."""

    __slots__ = ()

    def signature(self) -> Hashable:
        """What tells it from other events of its class within the same step."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, eq=False)
class ForwardStarted(LiveEvent):
    """A module at any depth is about to run; emitted in sampled steps alone."""

    module: Module
    inputs: tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ForwardEnded(LiveEvent):
    """A module at any depth has run; emitted in sampled steps alone, and not for a module that raised.

    An older torch does not tell what it was given by keyword.
    """

    module: Module
    inputs: tuple[Any, ...]
    keywords: Mapping[str, Any]
    output: Any


@dataclass(frozen=True, slots=True, eq=False)
class DropoutCalled(LiveEvent):
    """Dropout was called as a function that was not given `training`; emitted in sampled steps alone."""

    function: str


@dataclass(frozen=True, slots=True, eq=False)
class LossCalled(RepeatableEvent):
    """A loss of torch was computed: `name` is its class, `arguments` those of the function. No value if it raised."""

    name: str
    arguments: dict[str, Any]
    value: Any

    def signature(self) -> Hashable:
        """The class of the loss, and of the operation that made what it is given."""
        return self.name, type(getattr(self.arguments.get("input"), "grad_fn", None))


@dataclass(frozen=True, slots=True, eq=False)
class LossScaled(LiveEvent):
    """A GradScaler was given a loss; one that is switched off gives back what it was given."""

    loss: Any
    scaled: Any


@dataclass(frozen=True, slots=True, eq=False)
class BackwardStarted(RepeatableEvent):
    """`torch.autograd.backward` is about to run from these tensors, called with these arguments."""

    tensors: tuple[Tensor, ...]
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]

    def signature(self) -> Hashable:
        """How many there are."""
        return len(self.tensors)


@dataclass(frozen=True, slots=True, eq=False)
class BackwardEnded(LiveEvent):
    """Backward has run."""


@dataclass(frozen=True, slots=True, eq=False)
class GradientsReturned(LiveEvent):
    """`torch.autograd.grad` is about to return gradients, and to leave `.grad` as it is."""


@dataclass(frozen=True, slots=True, eq=False)
class GradientsCleared(RepeatableEvent):
    """`zero_grad` was called on an optimizer or a module."""

    owner: Optimizer | Module

    def signature(self) -> Hashable:
        """Whose they are."""
        return id(self.owner)


@dataclass(frozen=True, slots=True, eq=False)
class GradientsClipped(RepeatableEvent):
    """Gradients are about to be clipped."""

    parameters: list[Tensor]

    def signature(self) -> Hashable:
        """How many there are."""
        return len(self.parameters)


@dataclass(frozen=True, slots=True, eq=False)
class GradientsUnscaled(LiveEvent):
    """A GradScaler is about to unscale the gradients that an optimizer uses."""

    optimizer: Optimizer


@dataclass(frozen=True, slots=True, eq=False)
class StepStarted(RepeatableEvent):
    """An optimizer is about to step, also when a scaler makes it; `recorder.step_number` counts this step already."""

    optimizer: Optimizer
    closure: bool

    def signature(self) -> Hashable:
        """Which optimizer, and which of some of its parameters have gradients."""
        held = [group["params"] for group in self.optimizer.param_groups]
        some = [each for parameters in held for each in parameters[:: len(parameters) * len(held) // SOME + 1]]
        return id(self.optimizer), tuple([each.grad is None for each in some])


@dataclass(frozen=True, slots=True, eq=False)
class StepEnded(LiveEvent):
    """An optimizer has stepped."""

    optimizer: Optimizer


@dataclass(frozen=True, slots=True, eq=False)
class ScalerStepStarted(LiveEvent):
    """`GradScaler.step` was called; the step of the optimizer comes within it, if there is one."""

    optimizer: Optimizer


@dataclass(frozen=True, slots=True, eq=False)
class ScalerStepEnded(LiveEvent):
    """`GradScaler.step` is over."""


@dataclass(frozen=True, slots=True, eq=False)
class ScalerUpdated(LiveEvent):
    """`GradScaler.update` was called."""


@dataclass(frozen=True, slots=True, eq=False)
class SchedulerStepped(RepeatableEvent):
    """A learning-rate scheduler is about to step; whether it was given a metric, and an epoch."""

    scheduler: Any
    metric: bool
    epoch: bool

    def signature(self) -> Hashable:
        """Which scheduler, and how it is stepped."""
        return id(self.scheduler), self.metric, self.epoch


@dataclass(frozen=True, slots=True, eq=False)
class BatchDrawn(RepeatableEvent):
    """A DataLoader gave a batch."""

    loader: DataLoader[Any]
    batch: Any

    def signature(self) -> Hashable:
        """Which loader."""
        return id(self.loader)


@dataclass(frozen=True, slots=True, eq=False)
class LoaderIterated(LiveEvent):
    """A DataLoader was asked for an iterator: an epoch begins."""

    loader: DataLoader[Any]


@dataclass(frozen=True, slots=True, eq=False)
class WholeAttributeSet(LiveEvent):
    """An attribute of a dataset of which parts were made is about to be set."""

    whole: Any
    name: str
    value: Any


@dataclass(frozen=True, slots=True, eq=False)
class EpochSet(LiveEvent):
    """`set_epoch` was called on a distributed sampler."""

    sampler: Any


@dataclass(frozen=True, slots=True, eq=False)
class TensorRead(RepeatableEvent):
    """The value of a tensor was asked for, by a call that is written like this; emitted if the watch asks for it."""

    tensor: Tensor
    call: str

    def signature(self) -> Hashable:
        """By which call."""
        return self.call


@dataclass(frozen=True, slots=True, eq=False)
class TensorViewed(LiveEvent):
    """A tensor was viewed in other sizes; emitted in sampled steps alone."""

    tensor: Tensor
    view: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class ModeSwitched(LiveEvent):
    """A module is about to be put in training or evaluation mode."""

    module: Module
    training: bool


@dataclass(frozen=True, slots=True, eq=False)
class WeightsLoaded(LiveEvent):
    """Weights are about to be loaded into a module; `strict` says that all must fit."""

    module: Module
    weights: Any
    strict: bool


@dataclass(frozen=True, slots=True, eq=False)
class WeightsAsked(LiveEvent):
    """`state_dict` of a module gave its weights."""

    module: Module
    weights: Any


@dataclass(frozen=True, slots=True, eq=False)
class ParametersAsked(LiveEvent):
    """A module is asked for its parameters; emitted in sampled steps alone."""

    module: Module


@dataclass(frozen=True, slots=True, eq=False)
class Saved(LiveEvent):
    """Something is about to be written to a file."""

    held: Any


@dataclass(frozen=True, slots=True, eq=False)
class Seeded(LiveEvent):
    """torch's random numbers were seeded."""


@dataclass(frozen=True, slots=True, eq=False)
class ModuleInitStarted(LiveEvent):
    """The `__init__` of a module is about to run."""

    module: Module


@dataclass(frozen=True, slots=True, eq=False)
class TransformInitStarted(LiveEvent):
    """The `__init__` of a transform of images that is no module is about to run."""

    transform: Any


@dataclass(frozen=True, slots=True, eq=False)
class OptimizerInitEnded(LiveEvent):
    """The `__init__` of an optimizer has run."""

    optimizer: Optimizer


@dataclass(frozen=True, slots=True, eq=False)
class SchedulerInitStarted(LiveEvent):
    """The `__init__` of a scheduler is about to run; `arguments` come after the scheduler itself."""

    scheduler: Any
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class LoaderInitStarted(LiveEvent):
    """The `__init__` of a DataLoader is about to run; `arguments` come after the loader itself."""

    loader: DataLoader[Any]
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class LoaderInitEnded(LiveEvent):
    """The `__init__` of a DataLoader has run."""

    loader: DataLoader[Any]
