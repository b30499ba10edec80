"""Models that are run and trained: losses, gradients, optimizers, evaluations."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.event import Accumulate, BuildOptimizer, Clip, Forward
from torchlint.facts.loss import LossCall
from torchlint.facts.site import Site
from torchlint.source.paper.domain.tensor import SumKey, TensorValue
from torchlint.source.paper.domain.values import Thing, Value
from torchlint.source.paper.occurrences.bus import Occurrence
from torchlint.source.paper.state.frames import Loop


@dataclass(frozen=True, slots=True)
class OptimizerBuilt(Occurrence):
    """An optimizer of a library is built, and what it is given is known; `event` is what the run tells of it."""

    made: Thing
    event: BuildOptimizer


@dataclass(frozen=True, slots=True)
class WeightsSet(Occurrence):
    """Weights are loaded into something, or a call that was not read may set those of a model."""


@dataclass(frozen=True, slots=True)
class Evaluated(Occurrence):
    """These forward calls are an evaluation: that of a `loop`, or of a function."""

    forwards: tuple[Forward, ...]
    site: Site
    loop: Loop | None


@dataclass(frozen=True, slots=True)
class ForwardRan(Occurrence):
    """A model is run by the program, not by another model."""

    model: Value
    forward: Forward


@dataclass(frozen=True, slots=True)
class LossMade(Occurrence):
    """A loss was made of these tensors, by a function that is known or was not `read`."""

    given: tuple[TensorValue, ...]
    read: bool


@dataclass(frozen=True, slots=True)
class LossCompared(Occurrence):
    """A loss of torch compares a prediction with a target; a `symmetric` one does not tell the two apart.

    `calls` are what is told of it as facts: one for each model that may have made the prediction, none where the loss
    compares more than two.
    """

    prediction: Value | None
    target: Value | None
    symmetric: bool
    calls: tuple[LossCall, ...]


@dataclass(frozen=True, slots=True)
class BackwardRan(Occurrence):
    """Gradients of a loss are computed; None where it is no tensor that is known."""

    loss: TensorValue | None


@dataclass(frozen=True, slots=True)
class ParametersWritten(Occurrence):
    """Parameters are changed by hand."""


@dataclass(frozen=True, slots=True)
class HookRegistered(Occurrence):
    """A hook that may clip gradients is registered on parameters."""

    clip: Clip


@dataclass(frozen=True, slots=True)
class Accumulated(Occurrence):
    """A loss, made of the losses `terms`, is added to a running sum or list."""

    event: Accumulate
    key: SumKey
    terms: frozenset[int]
    is_loss: bool


@dataclass(frozen=True, slots=True)
class FrameworkFit(Occurrence):
    """A framework's trainer runs its own loop; it `trains` or only evaluates."""

    trains: bool


@dataclass(frozen=True, slots=True)
class DataParallelised(Occurrence):
    """Every process gets its copy of a model."""

    model: int
