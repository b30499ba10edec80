"""What is compared with what: loss calls and the tensors that go into them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from types import EllipsisType

from torchlint.facts.answer import Answer, Unknown
from torchlint.facts.fact import Fact
from torchlint.facts.layer import Range
from torchlint.facts.site import Site
from torchlint.facts.subject import ANYBODY, NOBODY, Subject


class Origin(Enum):
    """Where a tensor comes from."""

    INPUT = "the batch's input"
    TARGET = "the batch's target"
    OUTPUT = "the model's output"
    LOSS = "a loss"
    UNKNOWN = "unknown"


class Reduction(Enum):
    """What a loss makes of the numbers that it has for the elements of what it compares."""

    MEAN = "mean"
    SUM = "sum"
    NONE = "none"
    BATCH_MEAN = "batchmean"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor as a loss sees it: `activation` is the call or layer that gave it its range.

    `is_data` is Yes where it was read or made up, and nothing of a model is in it.

    `shape` counts from the batch dimension; a size that is not known is None, and `...` stands for any number of
    dimensions that are not known.
    """

    origin: Origin = Origin.UNKNOWN
    range: Range = Range.UNKNOWN
    activation: Site | None = None
    is_data: Answer = Unknown
    shape: tuple[int | EllipsisType | None, ...] | None = None


@dataclass(frozen=True, slots=True, order=True)
class Severed:
    """A call that took what a subject's parameters had made out of the graph: `call` is how it is written."""

    site: Site
    call: str
    subject: Subject = field(default=NOBODY, compare=False)


@dataclass(frozen=True, slots=True)
class LossTerm:
    """A term of a loss: where it was made, and whose parameters its graph leads to.

    `graph` is No when there is none. `severed` are the places where the graph of what it was made of ended.
    """

    site: Site
    via: tuple[Site, ...] = ()
    subject: Subject = ANYBODY
    graph: Answer = Unknown
    severed: frozenset[Severed] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class LossCall(Fact):
    """A loss computed: `loss` is its torch class name, whichever of class and function was called.

    `reconstructs` says whether one was computed from the data that the other is, as by an autoencoder. `settings_at` is
    the call that is given the settings of the loss: that of its function, or the one that built its object.
    """

    loss: str
    expects: Range
    symmetric: bool
    prediction: Tensor
    target: Tensor
    reconstructs: Answer = Unknown
    reduction: Reduction = Reduction.UNKNOWN
    settings_at: Site | None = None

    def covers(self) -> frozenset[Site]:
        """The call, and the activation that feeds it."""
        own = frozenset((self.site,))
        return own | {self.prediction.activation} if self.prediction.activation else own


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedLoss(Fact):
    """A loss computed of which gradients are taken: a model is trained with it, alone or with others.

    `by_size` says whether it is multiplied by how many there are of something, such as the classes.
    """

    call: LossCall
    by_size: Answer = Unknown


class Summed(Enum):
    """What is summed over batches."""

    HITS = "how many samples are right"
    BATCH_MEANS = "means over each batch"


class Counted(Enum):
    """What a sum is divided by the number of."""

    BATCHES = "batches"
    SAMPLES = "samples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Average(Fact):
    """A sum over the batches of a loader, divided; `single` says whether each batch is one sample.

    `count` is the call that counts what it is divided by, where it stands in the same statement. `complete` says
    whether the loader gives each sample of its dataset once.
    """

    of: Summed
    over: Counted
    single: Answer
    count: Site | None = None
    complete: Answer = Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedByView(Fact):
    """A `view` or `reshape` that names a dimension of the tensor itself in another place than it has.

    `moved` is where the dimension stands, and where it is named. `order` are the places that the dimensions have, in
    the order in which they are to stand, where that is known; `reshapes` is No where the view names all of them and
    does nothing else.
    """

    moved: tuple[int, int]
    rank: int | None
    order: tuple[int, ...] = ()
    reshapes: Answer = Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference(Fact):
    """A prediction and a target that are subtracted from each other by hand; the model is trained with what is left."""

    prediction: Tensor
    target: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class PaddedLoss(Fact):
    """A loss that trains a model and whose targets hold the padding that an embedding of the model skips.

    Nothing takes the padding out: neither the loss, nor a mask. `padding` is its number, None where that is not known,
    and `written` where the embedding is given it.
    """

    call: LossCall
    padding: int | None = None
    written: Site | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BootstrappedTarget(Fact):
    """A target that is made of a reward and of what a model gave; `site` is where the two are added.

    `trained` is Yes when its graph leads to parameters that its prediction comes from: the loss moves the target too.
    `meant` says whether that is so on purpose. `alone` is Yes where the statement there computes nothing but the
    target, and `loss` is the call that is given it second, where it stands in the same statement.
    """

    trained: Answer
    meant: Answer = Unknown
    alone: Answer = Unknown
    loss: Site | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation(Fact):
    """A call of softmax or log_softmax; `has_dimension` says whether `dim` is given."""

    name: str
    has_dimension: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Logarithm(Fact):
    """A logarithm of a tensor."""

    of: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold(Fact):
    """A tensor compared with a number (rounding compares with 0.5).

    `loss` is what the tensor is trained with where it is a model's output as it came, reshaped at most; empty if
    it is no such output, or if the loss is not known.
    """

    of: Tensor
    value: float
    loss: str
