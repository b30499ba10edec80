"""What the interpreter and the models of libraries tell the detectors: each kind of occurrence is a class."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from torchlint.facts.answer import Answer
from torchlint.facts.event import Accumulate, BuildOptimizer, Clip, Event, Forward
from torchlint.facts.loss import LossCall
from torchlint.facts.site import Site
from torchlint.source import syntax
from torchlint.source.paper.domain.tensor import Severance, SumKey, TensorValue
from torchlint.source.paper.domain.values import Arguments, Thing, Value
from torchlint.source.paper.python.bus import Occurrence
from torchlint.source.paper.python.frames import Loop
from torchlint.source.paper.state.trace import Node, events


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
    """A variable that holds a tensor which layers made is read in the `forward` of a model."""

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


# Loops and functions. None is told of inside a model's `forward`.


@dataclass(frozen=True, slots=True)
class LoopRan(Occurrence):
    """A loop was gone through; `nodes` are the last iteration's events as a tree, `events` the same in a row."""

    loop: Loop
    nodes: list[Node]
    events: tuple[Event, ...]
    kinds: frozenset[type[Event]]

    @classmethod
    def of(cls, loop: Loop, nodes: list[Node]) -> LoopRan:
        """A loop of whose last iteration these are the events."""
        found = tuple(events(nodes))
        return cls(loop, nodes, found, frozenset(map(type, found)))


@dataclass(frozen=True, slots=True)
class IterationEnded(Occurrence):
    """The body of a loop over a loader was run once."""

    loader: Value


@dataclass(frozen=True, slots=True)
class FunctionRan(Occurrence):
    """The function on top of the frames was run, and is about to return."""

    nodes: list[Node]


@dataclass(frozen=True, slots=True)
class ProgramRan(Occurrence):
    """A script, or a function or method that nothing in the project calls, was run.

    It is `repeated` where a framework calls it again and again.
    """

    nodes: list[Node]
    site: Site
    repeated: Answer


@dataclass(frozen=True, slots=True)
class Evaluated(Occurrence):
    """These forward calls are an evaluation: that of a `loop`, or of a function."""

    forwards: tuple[Forward, ...]
    site: Site
    loop: Loop | None


# Calls, operations and assignments.


@dataclass(frozen=True, slots=True)
class CallReturned(Occurrence):
    """Something was called by its `name`, as a method of `owner` or as a function of a library."""

    name: str
    owner: Value | None
    arguments: Arguments
    result: Value
    site: Site


@dataclass(frozen=True, slots=True)
class CallUnread(Occurrence):
    """A call that could not be looked into may have changed what it was given, and may have trained with it."""

    arguments: Arguments
    may_train: bool


@dataclass(frozen=True, slots=True)
class Operated(Occurrence):
    """An operator made something of values. Told only while somebody listens."""

    values: tuple[Value, ...]
    result: Value


@dataclass(frozen=True, slots=True)
class Assigned(Occurrence):
    """A statement is about to bind a value. Told only while somebody listens."""

    statement: syntax.Assign


@dataclass(frozen=True, slots=True)
class TensorFetched(Occurrence):
    """A call needs the value of a tensor at once."""

    tensor: TensorValue
    call: str
    site: Site


# Training.


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

    `call` is what is told of it as a fact, None where the loss compares more than two.
    """

    prediction: Value | None
    target: Value | None
    symmetric: bool
    call: LossCall | None


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


# Loaders and batches.


class Use(Enum):
    """What is done with a loader, or with its batches."""

    READ = auto()
    TRAINS = auto()
    EVALUATES = auto()
    BY_FRAMEWORK = auto()
    """A framework goes through it."""
    DEALT_OUT = auto()
    """A framework gives each process its share."""
    RESAMPLED = auto()
    """Its batches are drawn in a way of their own, whatever it was told."""
    ORDERED_BY_CALLER = auto()
    """The caller of the function that built it decided whether it shuffles."""


@dataclass(frozen=True, slots=True)
class LoaderUsed(Occurrence):
    """Something is done with a loader, by its number."""

    loader: int
    use: Use


@dataclass(frozen=True, slots=True)
class BatchDrawn(Occurrence):
    """A batch of a loader is drawn by hand, from `source`: an iterator, or what may be one."""

    loader: Value
    source: Value
    site: Site


@dataclass(frozen=True, slots=True)
class BatchesYielded(Occurrence):
    """A generator yields a batch of a loader, or all of them."""

    loader: Value


@dataclass(frozen=True, slots=True)
class BatchNormalised(Occurrence):
    """The input of a model is shifted or scaled; `loader` is the number of the loader that it comes from."""

    loader: int


@dataclass(frozen=True, slots=True)
class BatchFed(Occurrence):
    """A model that is no loss is given these tensors."""

    model: Value
    inputs: tuple[TensorValue, ...]


@dataclass(frozen=True, slots=True)
class DataParallelised(Occurrence):
    """Every process gets its copy of a model."""

    model: int
