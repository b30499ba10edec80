"""Calls, operations and assignments."""

from __future__ import annotations

from torchlint.facts.site import Site
from torchlint.source import syntax
from torchlint.source.paper.domain.frozen import frozen
from torchlint.source.paper.domain.quantity import Quantity
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Arguments, Index, Length, Value
from torchlint.source.paper.occurrences.bus import Occurrence


@frozen
class AttributeAssigned(Occurrence):
    """An assignment is about to set an attribute of `owner`, which is written as `receiver`."""

    owner: Value
    receiver: syntax.Expression
    name: str
    value: Value
    site: Site


@frozen
class DataAccessed(Occurrence):
    """`owner.data` is read or set."""

    owner: Value
    site: Site


@frozen
class IndexCalled(Occurrence):
    """A number that counts layers is about to be called; `function` is how it is written."""

    index: Index
    function: syntax.Expression
    site: Site


@frozen
class ForwardCalled(Occurrence):
    """The `forward` of `owner` is about to be called by its name; `receiver` is how the owner is written."""

    owner: Value
    receiver: syntax.Expression
    site: Site


@frozen
class SymbolCalled(Occurrence):
    """A function or class of an installed package is about to be called."""

    dotted: str
    arguments: Arguments
    site: Site


@frozen
class TensorFunctionApplied(Occurrence):
    """A function of torch, or a method of a tensor, is applied to a tensor."""

    name: str
    tensor: TensorValue | None
    arguments: Arguments
    site: Site


@frozen
class TensorViewed(Occurrence):
    """A tensor is viewed in these sizes, one of which is a size of a tensor: of its own, or of another."""

    tensor: TensorValue
    sizes: tuple[Value, ...]
    site: Site


@frozen
class TensorCompared(Occurrence):
    """A tensor is asked by an operator whether it is larger or smaller than something."""

    tensor: TensorValue
    limit: Value
    site: Site


@frozen
class ItemsWritten(Occurrence):
    """Some values of a tensor or parameter are about to be set, by its index."""

    target: Value


@frozen
class CallReturned(Occurrence):
    """Something was called by its `name`, as a method of `owner` or as a function of a library."""

    name: str
    owner: Value | None
    arguments: Arguments
    result: Value
    site: Site


@frozen
class CallUnread(Occurrence):
    """A call that could not be looked into may have changed what it was given, and may have trained with it."""

    arguments: Arguments
    may_train: bool


@frozen
class SumDivided(Occurrence):
    """A sum over the batches of loaders is divided by how many there are of something.

    `average` is the number of the result.
    """

    quantity: Quantity
    loaders: frozenset[int]
    by: Length
    average: int
    site: Site


@frozen
class AverageRescaled(Occurrence):
    """An average, by its number, is divided or multiplied, be it by a `constant` factor or by something else."""

    average: int
    result: int
    constant: bool


@frozen
class LossMultiplied(Occurrence):
    """A loss is multiplied by factors, each as it is written."""

    loss: TensorValue
    factors: tuple[tuple[Value, syntax.Expression], ...]


@frozen
class Operated(Occurrence):
    """An operator made something of values. Told only while somebody listens."""

    values: tuple[Value, ...]
    result: Value


@frozen
class Assigned(Occurrence):
    """A statement is about to bind a value. Told only while somebody listens."""

    statement: syntax.Assign


@frozen
class TensorFetched(Occurrence):
    """A call needs the value of a tensor at once."""

    tensor: TensorValue
    call: str
    site: Site
