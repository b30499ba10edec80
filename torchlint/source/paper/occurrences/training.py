"""Models that are run and trained: losses, gradients, optimizers, evaluations."""

from __future__ import annotations

from torchlint.facts.answer import Answer
from torchlint.facts.event import Accumulate, BuildOptimizer, Clip, Forward
from torchlint.facts.layer import Layer
from torchlint.facts.loss import LossCall
from torchlint.facts.site import Site
from torchlint.source import syntax
from torchlint.source.paper.domain.frozen import frozen
from torchlint.source.paper.domain.tensor import SumKey, TensorValue
from torchlint.source.paper.domain.values import Arguments, Thing, Value, Weights
from torchlint.source.paper.occurrences.bus import Occurrence
from torchlint.source.paper.state.cells import Kept
from torchlint.source.paper.state.frames import Loop


@frozen
class OptimizerBuilt(Occurrence):
    """An optimizer of a library is built, and what it is given is known; `event` is what the run tells of it."""

    made: Thing
    event: BuildOptimizer


@frozen
class SchedulerCalled(Occurrence):
    """A method of a scheduler is called, or of what goes by the name of one."""

    scheduler: Value
    method: str
    arguments: Arguments
    site: Site


@frozen
class WeightsSet(Occurrence):
    """Weights are loaded into something, or a call that was not read may set those of a model."""


@frozen
class WeightsKept(Occurrence):
    """The weights of a model are asked for, or what gave them on is bound by a statement."""

    weights: Weights
    site: Site


@frozen
class WeightsUsed(Occurrence):
    """Something with weights in it is loaded `into` a model, or saved to a file."""

    held: Value
    into: Value | None


@frozen
class Saved(Occurrence):
    """Something is written to a file."""

    held: Value
    site: Site


@frozen
class ModelAliased(Occurrence):
    """A statement gives a model that goes by one name `another`, and makes no copy."""

    model: Thing
    name: str
    another: str
    site: Site


@frozen
class StateLoaded(Occurrence):
    """The state of a model, an optimizer, a scheduler or a scaler is read back into it."""

    into: Value


@frozen
class WeightsNamed(Occurrence):
    """The weights of a model were asked for; `receiver` is how the model is written."""

    weights: Value
    receiver: syntax.Expression


@frozen
class WeightsLoaded(Occurrence):
    """Weights are loaded into something; `receiver` and `argument` are how it and they are written."""

    into: Value
    weights: Value
    receiver: syntax.Expression
    argument: syntax.Expression


@frozen
class ModelSaved(Occurrence):
    """A whole model is saved, in the mode that it is in."""

    kept: Kept
    model: Layer
    training: Answer


@frozen
class Evaluated(Occurrence):
    """These forward calls are an evaluation: that of a `loop`, or of a function."""

    forwards: tuple[Forward, ...]
    site: Site
    loop: Loop | None


@frozen
class ForwardRan(Occurrence):
    """A model is run by the program, not by another model, on what it is given."""

    model: Value
    forward: Forward
    given: tuple[Value, ...] = ()


@frozen
class LossMade(Occurrence):
    """A loss was made of these tensors, by a function that is known or was not `read`."""

    given: tuple[TensorValue, ...]
    read: bool


@frozen
class LossCompared(Occurrence):
    """A loss of torch compares a prediction with a target; a `symmetric` one does not tell the two apart.

    `calls` are what is told of it as facts: one for each model that may have made the prediction, none where the loss
    compares more than two. `made` is the loss itself, `settings` are the other arguments that the loss was given.
    """

    prediction: Value | None
    target: Value | None
    symmetric: bool
    calls: tuple[LossCall, ...]
    made: TensorValue
    settings: Arguments


@frozen
class DifferenceTaken(Occurrence):
    """A prediction and a target are subtracted from each other; `made` is the number of the result."""

    prediction: TensorValue
    target: TensorValue
    made: int
    site: Site


@frozen
class BackwardRan(Occurrence):
    """Gradients of a loss are computed; None where it is no tensor that is known."""

    loss: TensorValue | None


@frozen
class LossReturned(Occurrence):
    """A method that a framework calls returned this: the loss that it trains with, alone or with other things."""

    returned: Value


@frozen
class ParametersWritten(Occurrence):
    """Parameters are changed by hand; `written` is a parameter, or several."""

    written: Value


@frozen
class HookRegistered(Occurrence):
    """A hook that may clip gradients is registered on parameters."""

    clip: Clip


@frozen
class Accumulated(Occurrence):
    """A loss, made of the losses `terms`, is added to a running sum or list."""

    event: Accumulate
    key: SumKey
    terms: frozenset[int]
    is_loss: bool


@frozen
class FrameworkFit(Occurrence):
    """A framework's trainer runs its own loop; it `trains` or only evaluates."""

    trains: bool


@frozen
class DataParallelised(Occurrence):
    """Every process gets its copy of a model."""

    model: int


@frozen
class ParametersFreed(Occurrence):
    """The parameters of these owners are told to learn, or perhaps to; of none where nobody knows whose they are."""

    numbers: frozenset[int]


@frozen
class GroupBuilt(Occurrence):
    """A dict is made that an optimizer can take as a group of parameters."""

    group: Value
    site: Site


@frozen
class ModuleRun(Occurrence):
    """A module, be it a model or a loss, is run by the program and not by another module."""

    module: Value
    inputs: tuple[TensorValue, ...]
