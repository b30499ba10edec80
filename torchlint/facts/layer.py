"""What a model is built from, and how its class keeps and uses its layers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from torchlint.facts.answer import Answer, Unknown
from torchlint.facts.fact import Fact
from torchlint.facts.site import Site


class Range(Enum):
    """What values a tensor can hold."""

    RAW = "raw scores"
    PROBABILITIES = "probabilities"
    LOG_PROBABILITIES = "log-probabilities"
    UNIT = "values between 0 and 1"
    LOG_UNIT = "logarithms of values between 0 and 1"
    NON_NEGATIVE = "values of at least 0"
    HARDLY_NEGATIVE = "values that hardly fall below 0"
    SIGNED_UNIT = "values between -1 and 1"
    UNKNOWN = "unknown"


HAVE_FLOOR = frozenset((Range.NON_NEGATIVE, Range.HARDLY_NEGATIVE))
"""The ranges that end a little below 0 or there, and not above."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer or a whole model: `name` is its class.

    `number` is another for every layer of the run. `recurrent` is Yes when an RNN, LSTM, GRU or one of
    their cells is in it.
    """

    name: str
    number: int
    site: Site | None = None
    parameters: Answer = Unknown
    buffers: Answer = Unknown
    mode_dependent: Answer = Unknown
    recurrent: Answer = Unknown

    @property
    def stateless(self) -> Answer:
        """No parameters, no buffers, and the same in both modes."""
        return ~(self.parameters | self.buffers | self.mode_dependent)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainContainer(Fact):
    """Layers kept on a module in a plain list, tuple, set or dict; `site` puts them into it.

    `by_comma` is Yes when the container is a tuple of one that a comma at the end of an expression made. `kept` is the
    assignment that puts the container on the module.
    """

    owner: str
    attribute: str
    container: str
    layers: tuple[Layer, ...]
    registered: Answer
    by_comma: Answer = Unknown
    kept: Site | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainPart(Fact):
    """An object that is no module, kept on a module; `site` puts it there, `kind` is its class.

    `layers` are the layers and parameters that were built for it and are held in no other way.
    """

    owner: str
    attribute: str
    kind: str
    layers: tuple[Layer, ...]
    registered: Answer


class TensorForm(Enum):
    """What a plain attribute holds: a tensor, what `Parameter(...).to(...)` gives, or parameters in a list or dict."""

    TENSOR = "tensor"
    MOVED_PARAMETER = "moved parameter"
    PARAMETERS = "list of parameters"
    NAMED_PARAMETERS = "dict of parameters"


@dataclass(frozen=True, slots=True, kw_only=True)
class LooseTensor(Fact):
    """A tensor kept on a module as a plain attribute.

    `trainable` is Yes when it asks for gradients; `constructed` says whether `__init__` makes it.
    """

    owner: str
    attribute: str
    form: TensorForm
    trainable: Answer
    registered: Answer
    constructed: Answer = Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration(Fact):
    """The first layer or parameter that the `__init__` of a module assigns.

    `initialised` says whether the base class had been initialised by then; `ever` whether it is at all.
    """

    owner: str
    attribute: str
    initialised: Answer
    ever: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerBuild(Fact):
    """A layer built while `forward` runs; `kept` is Yes when it is built once and kept on the module.

    `kept` is Unknown when its weights are written by hand: it is no layer that should learn.
    """

    owner: str
    layer: Layer
    kept: Answer


class DropoutForm(Enum):
    """What applies dropout: a function, or a layer that is built on the spot."""

    FUNCTION = "function"
    LAYER = "layer"


@dataclass(frozen=True, slots=True, kw_only=True)
class DropoutCall(Fact):
    """Dropout applied in the `forward` of a module.

    `bound_to_mode` is Yes when `training` is passed or the call stands under `self.training`.
    """

    name: str
    form: DropoutForm
    bound_to_mode: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectForward(Fact):
    """A call of a module's `forward(...)` in place of the module; `receiver` is its text in the source."""

    receiver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexCall(Fact):
    """A call of a number that counts something: `of` is what `range(len(...))` was taken of."""

    name: str
    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedLayers(Fact):
    """A container that holds some layers several times; `site` makes the container or puts it on the module.

    Sharing that is said is not counted: a layer that has a place of its own on a module, or is named for it.
    """

    container: str
    layers: tuple[Layer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusedLayer(Fact):
    """A layer that a module makes and nothing that was read uses."""

    owner: str
    attribute: str
    layer: Layer


class Omission(Enum):
    """Why no optimizer holds some parameters."""

    LATE = "the optimizer was built before they were there"
    GROUP = "their group was given to no optimizer"
    MODULE = "their module was given to no optimizer"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnheldParameters(Fact):
    """Parameters of a model that is trained; `held` says whether any optimizer holds them.

    `site` is what put them into the model, into a group, or built their module; `name` is the attribute, or the
    parameter's dotted name. `optimizer` is where the one was built that trains the model without them, if it was built
    before.
    """

    name: str
    trainable: Answer
    held: Answer
    optimizer: Site | None = None
    omission: Omission = Omission.LATE


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjacentLayers(Fact):
    """Two layers of which the first feeds straight into the second, and nothing else; `bias` is the first one's."""

    first: Layer
    second: Layer
    bias: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphCut(Fact):
    """A call in `forward` that takes what some layers of the owner made out of the graph.

    `layers` are those that have parameters, by their names in the owner. `on_the_way` is Yes when their only way
    to the output leads through the cut, and nothing says that they are frozen or the cut is meant.
    """

    owner: str
    call: str
    layers: tuple[str, ...]
    on_the_way: Answer


class FlagHolder(Enum):
    """What a switch of gradients is set on."""

    PARAMETER = "parameter"
    LAYER = "layer"


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientFlag(Fact):
    """An attribute, set on a parameter or a layer, whose name says that it switches gradients.

    `receiver` is its text in the source. `read` is No when neither torch nor the class of the receiver reads an
    attribute of that name.
    """

    receiver: str
    attribute: str
    holder: FlagHolder
    read: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedInputChanged(Fact):
    """A layer that changed its input in place, which is used again afterwards; `site` builds the layer, or calls it.

    `effective` is No where the input was such that nothing changed.
    """

    layer: str
    effective: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenNorm(Fact):
    """Batch norm that keeps statistics, in a part of a model all of whose parameters are frozen while others train.

    `site` freezes the part, or builds the batch norm; `part` is the class of what is frozen. `training` is Yes when
    the batch norm runs in training mode; `switch` is the one call that put the model in that mode.
    """

    part: str
    training: Answer
    switch: Site | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfilledParameter(Fact):
    """A parameter made of a tensor that holds whatever was in memory; `site` makes it.

    `filled` is No when nothing gives it values before it is used: no initialiser, no loop over the parameters of the
    module or of what holds it, no loading of weights.
    """

    owner: str
    attribute: str
    filled: Answer


class MethodPlace(Enum):
    """Where something is defined that looks like a method which a class lacks."""

    CLASS = "in the class, under a name one slip away"
    MODULE = "beside the class"
    CONSTRUCTOR = "inside `__init__`"


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingMethod(Fact):
    """A function that looks like the `method` which a module class lacks, though its objects are built and run.

    `site` defines it, `found` is its name. `used` is Yes when something takes the function by its own name.
    """

    owner: str
    method: str
    found: str
    place: MethodPlace
    used: Answer
