"""The events of a run: what happens in an iteration, in the words that both eyes share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from torchlint.facts.answer import Answer, No, Unknown
from torchlint.facts.fact import Fact
from torchlint.facts.layer import Layer
from torchlint.facts.loss import LossTerm, Severed
from torchlint.facts.site import Site
from torchlint.facts.subject import ANYBODY, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Fact):
    """Something the run does at a place.

    `periodic` is Yes when it happens only in every k-th iteration (`if (i + 1) % k == 0`).
    """

    periodic: Answer = No


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterEvent(Event):
    """Something that happens to the parameters of a subject, or to their gradients."""

    subject: Subject = ANYBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward(Event):
    """A model is run.

    `training` says whether it is in training mode, `switch` is the call that put it in its mode, `switches_to_eval`
    are those that may leave it in eval mode when the loop comes round. `switched_by_chance` says that the function with
    the loop switched it under a condition that is about something else. `gradients` says whether a graph is
    recorded. `on_data` is Yes when a batch of a loader or dataset goes in. `lags_behind` is Yes when the model is an
    average of another one's parameters, and holds batch norm whose statistics are those of other weights.
    """

    model: Layer
    subject: Subject = ANYBODY
    training: Answer = Unknown
    switch: Site | None = None
    switches_to_eval: tuple[Site, ...] = ()
    switched_by_chance: bool = False
    gradients: Answer = Unknown
    on_data: Answer = Unknown
    lags_behind: Answer = No


@dataclass(frozen=True, slots=True, kw_only=True)
class LossComputed(Event):
    """A loss is computed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale(Event):
    """`scaler.scale(loss)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backward(ParameterEvent):
    """Gradients are computed and added to those of the subject.

    `graph` is No when no graph leads from the loss to a parameter; `cut` is where it ended, if that is known.
    `gradients` is No when the loss was computed while none were recorded. `scaled` says whether a GradScaler
    scaled it, `divided` whether it was divided (or averaged) for accumulation; `by_framework` that a framework
    runs it, and `may_clear` that this framework is not known, so that it may clear and step as well. `accumulates`
    says whether the framework counts batches itself: it divides, and lets steps and clearings through when it is time.
    `terms` are the terms of a loss that is a sum, `severed` the places where the graph of what it was made of ended.
    `of_loss` is Yes where it is run on what a loss has given.
    """

    graph: Answer = Unknown
    cut: Site | None = None
    gradients: Answer = Unknown
    scaled: Answer = No
    divided: Answer = Unknown
    of_input: Answer = No
    by_framework: bool = False
    may_clear: bool = False
    accumulates: Answer = No
    of_loss: Answer = Unknown
    terms: frozenset[LossTerm] = frozenset()
    severed: frozenset[Severed] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip(ParameterEvent):
    """Gradients are clipped, by their norm or each by its value; `by_framework` unscales them first."""

    by_framework: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unscale(ParameterEvent):
    """`scaler.unscale_(optimizer)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(ParameterEvent):
    """The optimizer changes the parameters; `scaler` says that a GradScaler does it.

    `closure` is Yes when one is given and what it does stands among the events, Unknown when it could not be
    followed, or when the optimizer may do more around it than call it.
    """

    optimizer: int
    closure: Answer = No
    scaler: Answer = No


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalerUpdate(Event):
    """`scaler.update()`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear(ParameterEvent):
    """Gradients are cleared (`zero_grad`, `p.grad = None`); `optimizer` is the one that does it, or could."""

    optimizer: int | None = None


class Cadence(Enum):
    """How often a scheduler is to be stepped; EITHER where its arguments were chosen for one or the other."""

    BATCH = "batch"
    EPOCH = "epoch"
    EITHER = "either"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(Event):
    """`scheduler.step()`; `cadence` says what its schedule counts.

    `ahead` says whether its optimizer had not stepped yet when the place was reached for the first time.
    """

    scheduler: str
    optimizer: int | None = None
    cadence: Cadence = Cadence.EITHER
    metric: Answer = Unknown
    epoch_given: Answer = No
    ahead: Answer = Unknown


class ModeArgument(Enum):
    """What `train(...)` is given: nothing, whether to train, a batch, or something that is not known."""

    NONE = "none"
    FLAG = "flag"
    BATCH = "batch"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchMode(Event):
    """`model.train(...)` or `model.eval()`."""

    model: Layer
    argument: ModeArgument = ModeArgument.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Accumulate(Event):
    """A loss is added to a sum or a list that is carried from one iteration of a loop to the next.

    `graph` says whether its graph is still attached, `freed` whether a backward has freed what the graph had
    saved, `summed` whether the sum itself is run backward.
    """

    graph: Answer
    freed: Answer = Unknown
    summed: Answer = Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class WritesGradient(ParameterEvent):
    """`.grad` is changed by hand, or perhaps the parameters themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WritesWeights(ParameterEvent):
    """The parameters themselves are changed by hand: averaged, clamped, put back, or moved against their gradient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadsGradient(Event):
    """`.grad` is read: the gradients are wanted for themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptimizer(Event):
    """An optimizer is built.

    `again` is Yes when the call is reached in every iteration of a loop and throws away an optimizer that has
    stepped: one for the same parameters, to which nothing else happened. `new_parameters` is Yes when the model was
    built in the same iteration.
    """

    again: Answer = Unknown
    new_parameters: Answer = Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class SetEpoch(Event):
    """`sampler.set_epoch(epoch)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed(Event):
    """torch's random numbers are seeded."""


class Handed(Enum):
    """What a call is given that matters to training; an INPUT is one that was told to ask for gradients."""

    MODEL = "model"
    LOSS = "loss"
    OPTIMIZER = "optimizer"
    SCALER = "scaler"
    SCHEDULER = "scheduler"
    INPUT = "input"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen(Event):
    """A call that could not be looked into.

    `handed` says what it was given; `steps` is No unless it may be what steps an optimizer.
    """

    handed: frozenset[Handed] = frozenset()
    steps: Answer = No


TRAINED_WITH = frozenset({Handed.MODEL, Handed.OPTIMIZER, Handed.LOSS})


def may_train_unseen(event: Event) -> bool:
    """Whether an event is a call that was not read and is given a model, an optimizer or a loss."""
    return isinstance(event, Unseen) and not event.handed.isdisjoint(TRAINED_WITH)


def may_differentiate(event: Event) -> bool:
    """Whether an event computes gradients, or is a call that was not read and may take those of an input."""
    return isinstance(event, Backward) or (isinstance(event, Unseen) and Handed.INPUT in event.handed)
