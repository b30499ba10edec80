"""What the interpreter and the models of libraries tell the detectors: each kind of occurrence is a class."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.event import BuildOptimizer
from torchlint.facts.loss import LossCall
from torchlint.facts.site import Site
from torchlint.source import syntax
from torchlint.source.paper.domain.tensor import Severance, TensorValue
from torchlint.source.paper.domain.values import Arguments, Thing, Value
from torchlint.source.paper.python.bus import Occurrence


@dataclass(frozen=True, slots=True)
class EntryEnded(Occurrence):
    """One program, a script from its top or a function that nobody calls, was run to its end."""


@dataclass(frozen=True, slots=True)
class ProjectEnded(Occurrence):
    """Everything was run: what was remembered can be told."""


@dataclass(frozen=True, slots=True)
class Built(Occurrence):
    """An object of a library's class or of a project class is built, before its `__init__` runs.

    Where many were built of one class, it is taken to be `like` an earlier one, and its `__init__` is not run.
    """

    made: Thing
    like: Thing | None = None


@dataclass(frozen=True, slots=True)
class ForwardStarted(Occurrence):
    """The `forward` of a model is run that is no part of another model being run."""

    model: Thing


@dataclass(frozen=True, slots=True)
class ForwardEnded(Occurrence):
    """The `forward` of such a model was run to its end."""

    model: Thing
    output: Value


@dataclass(frozen=True, slots=True)
class LayerRun(Occurrence):
    """A layer was run in the `forward` of a model."""

    layer: Value
    inputs: tuple[TensorValue, ...]
    output: Value


@dataclass(frozen=True, slots=True)
class TensorUsed(Occurrence):
    """A tensor that layers made is taken by its name in the `forward` of a model."""

    tensor: TensorValue


@dataclass(frozen=True, slots=True)
class TensorPassedOn(Occurrence):
    """A tensor is given a name, returned or asked for its shape in the `forward` of a model: it is not used by that."""

    tensor: TensorValue


@dataclass(frozen=True, slots=True)
class TensorDetached(Occurrence):
    """A tensor that layers made is taken out of the graph in the `forward` of a model."""

    tensor: TensorValue
    severance: Severance


@dataclass(frozen=True, slots=True)
class LayerRepeated(Occurrence):
    """One layer is put into a list or container over and over: by `[layer] * n`, a comprehension, or a loop."""

    layer: Thing


@dataclass(frozen=True, slots=True)
class LayersAdded(Occurrence):
    """A container is given layers, or what else it registers."""

    container: Thing
    given: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class MemberAssigned(Occurrence):
    """A module is about to be given something under a name: as an attribute, or as an item."""

    owner: Thing
    name: str
    value: Value
    site: Site


@dataclass(frozen=True, slots=True)
class OptimizerBuilt(Occurrence):
    """An optimizer of a library is built, and what it is given is known; `event` is what the run tells of it."""

    made: Thing
    event: BuildOptimizer


@dataclass(frozen=True, slots=True)
class WeightsSet(Occurrence):
    """Weights are loaded into something, or a call that was not read may set those of a model."""


@dataclass(frozen=True, slots=True)
class AttributeAssigned(Occurrence):
    """An assignment is about to set an attribute of `owner`, which is written as `receiver`."""

    owner: Value
    receiver: syntax.Expression
    name: str
    value: Value
    site: Site


@dataclass(frozen=True, slots=True)
class DataAccessed(Occurrence):
    """`owner.data` is read or set."""

    owner: Value
    site: Site


@dataclass(frozen=True, slots=True)
class ValueCalled(Occurrence):
    """Something is about to be called that is no method; `function` is how it is written."""

    callee: Value
    function: syntax.Expression
    site: Site


@dataclass(frozen=True, slots=True)
class MethodCalled(Occurrence):
    """A method of `owner` is about to be called; `receiver` is how the owner is written."""

    owner: Value
    receiver: syntax.Expression
    name: str
    site: Site


@dataclass(frozen=True, slots=True)
class SymbolCalled(Occurrence):
    """A function or class of an installed package is about to be called."""

    dotted: str
    arguments: Arguments
    site: Site


@dataclass(frozen=True, slots=True)
class TensorFunctionApplied(Occurrence):
    """A function of torch, or a method of a tensor, is applied to a tensor."""

    name: str
    tensor: TensorValue | None
    arguments: Arguments
    site: Site


@dataclass(frozen=True, slots=True)
class TensorCompared(Occurrence):
    """A tensor is asked by an operator whether it is larger or smaller than something."""

    tensor: TensorValue
    limit: Value
    site: Site


@dataclass(frozen=True, slots=True)
class LossCalled(Occurrence):
    """One of torch's losses of a prediction and a target is computed."""

    call: LossCall
    prediction: Value | None
    target: Value | None
