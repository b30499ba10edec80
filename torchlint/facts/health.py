"""What the numbers of a run say: losses, gradients, activations and updates, measured while it trains.

Only the live eye can measure them. Every fact holds plain numbers; what they mean is for the rules to say.
`module` is the dotted name of a layer in the model, "" for the model itself; `step` counts optimizer steps from 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import isfinite
from statistics import median

from torchlint.facts.answer import Answer, No, Unknown
from torchlint.facts.fact import OwnEvidence
from torchlint.facts.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured(OwnEvidence):
    """Numbers taken at a place; those of one layer say nothing of another that the same line makes.

    They are their own evidence.
    """

    def covers(self) -> frozenset[Site]:
        """No place: only what is objected to counts."""
        return frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class OverfitOutcome(Measured):
    """A model trained on one batch, again and again, for a bounded number of steps.

    `curve` is the loss before each step. `floor` is the least that it can be on this batch whatever the model
    answers (label smoothing, soft targets, equal inputs with different targets), None if it is not known.
    `random` is Yes when the model draws random numbers, so that its loss may stay above the floor. `capable` is Yes
    when another learning rate did learn the batch. `parameters` counts the trainable numbers of the model,
    `targets` those that it is to learn. `suspects` are sentences on what may stand in the way.
    """

    model: str
    curve: tuple[float, ...]
    floor: float | None
    random: Answer = Unknown
    capable: Answer = Unknown
    parameters: int = 0
    targets: int = 0
    suspects: tuple[str, ...] = ()

    @property
    def end(self) -> float:
        """The loss at the end: the median of the last steps."""
        return median(self.curve[-5:])

    @property
    def finite(self) -> bool:
        """Whether the loss was a number at every step."""
        return all(map(isfinite, self.curve))

    @property
    def progress(self) -> float | None:
        """The part of the way from the first loss down to the floor (to 0 where it is unknown) that was gone.

        None where there was no way to go.
        """
        start, floor = self.curve[0], 0.0 if self.floor is None else self.floor
        way = start - floor
        return (start - self.end) / way if way > 1e-3 * max(abs(start), abs(floor), 1e-6) else None

    @property
    def falling(self) -> float:
        """How much of that way the last quarter of the steps went."""
        quarter = max(len(self.curve) // 4, 1)
        way = self.curve[0] - (0.0 if self.floor is None else self.floor)
        earlier = self.curve[-2 * quarter : -quarter] or self.curve[:1]
        return (median(earlier) - median(self.curve[-quarter:])) / way if way > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class InitialLoss(Measured):
    """The first value of a classification loss: the mean over samples, without weights and smoothing.

    `classes` is 2 for binary losses. `untrained` says whether the model has its first random weights.
    """

    loss: str
    value: float
    classes: int
    untrained: Answer = Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientFlow(Measured):
    """How gradients of the first weighted layers of a model compare with those of its last.

    `ratios` are, one a sampled step, the root mean square of the first layers' gradients over that of the last.
    """

    first: str
    last: str
    layers: int
    ratios: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientHistory(Measured):
    """The norm of all gradients of an optimizer's parameters at the steps where it was measured, in order.

    `clipped` is Yes when the gradients were clipped before the step; `largest` is the layer with the largest part
    of the last norm.
    """

    norms: tuple[tuple[int, float], ...]
    clipped: Answer = Unknown
    largest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitActivity(Measured):
    """The units that feed a layer: `silent` of `units` were zero for every sample of every batch that was seen."""

    module: str
    units: int
    silent: int
    batches: int


class Quantity(Enum):
    """What a training step computes with."""

    INPUT = "input"
    PARAMETER = "parameter"
    ACTIVATION = "activation"
    LOSS = "loss"
    GRADIENT = "gradient"


class NonFiniteValue(Enum):
    """A value that is no finite number; EITHER where it is not known which of the two."""

    NAN = "NaN"
    INF = "Inf"
    EITHER = "NaN or Inf"


@dataclass(frozen=True, slots=True, kw_only=True)
class NonFinite(Measured):
    """NaN or Inf: where it first appeared."""

    quantity: Quantity
    value: NonFiniteValue
    module: str
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterUse(Measured):
    """Trainable parameters of one layer, and what training does to them.

    `gradient` says whether any gradient reaches them, `influence` whether the loss depends on their values,
    `changed` whether a step that had gradients for them changed them. `steps` is how often that was seen. `cut` is the
    place where the graph behind them ends, if it was seen, `checkpoint` a reentrant checkpoint whose input needs no
    gradient, so that it records none.
    """

    module: str
    names: tuple[str, ...]
    gradient: Answer = Unknown
    influence: Answer = Unknown
    changed: Answer = Unknown
    deliberate: Answer = No
    steps: int = 1
    learning_rate: float | None = None
    cut: Site | None = None
    checkpoint: Site | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSensitivity(Measured):
    """How much the output of a model changed when its whole input did, against the size of the output.

    `module` is the layer after which nothing depended on the input any more, `dead` the place of a layer that is fed
    by dead units alone.
    """

    model: str
    change: float
    size: float
    module: str = ""
    dead: Site | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleIndependence(Measured):
    """How the outputs changed, in eval mode, when one sample of the batch did: its own, and those of the others.

    `module` is the first layer in which another sample's values changed; `inside` is Yes when it is that layer that
    mixes them, No when they came to it mixed.
    """

    own: float
    others: float
    batch: int
    module: str = ""
    inside: Answer = Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceDependence(Measured):
    """How outputs changed, in eval mode, when a model was given another value at one position of its sequence.

    The targets that it is trained on are its inputs one position later. `earlier` is the largest change at a position
    before that one that counts in the loss, 0 where it is rounding; `own` that at the position and after it.
    """

    model: str
    position: int
    length: int
    earlier: float
    own: float
    module: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomCall(Measured):
    """A call that drew random numbers in eval mode, so that one input gave two outputs.

    `noise` says that what it drew was added to what the model computes, and that nothing it learned scales it.
    """

    model: str
    call: str
    noise: Answer
    meant: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRatio(Measured):
    """The size of a layer's updates over the size of its weights: the median over the steps that were measured."""

    module: str
    ratio: float
    steps: int
    learning_rate: float
