"""Layers that are built and kept, and what flows through them in a model's `forward`."""

from __future__ import annotations

from torchlint.facts.site import Site
from torchlint.source.paper.domain.frozen import frozen
from torchlint.source.paper.domain.tensor import Severance, TensorValue
from torchlint.source.paper.domain.values import Thing, Value
from torchlint.source.paper.occurrences.bus import Occurrence


@frozen
class Built(Occurrence):
    """An object of a library's class or of a project class is built, before its `__init__` runs.

    Where many were built of one class, it is taken to be `like` an earlier one, and its `__init__` is not run.
    """

    made: Thing
    like: Thing | None = None


@frozen
class ForwardStarted(Occurrence):
    """The `forward` of a model is run that is no part of another model being run."""

    model: Thing


@frozen
class ForwardEnded(Occurrence):
    """The `forward` of such a model was run to its end."""

    model: Thing
    output: Value


@frozen
class LayerRun(Occurrence):
    """A layer was run in the `forward` of a model; `inputs` are the tensors among what it was `given`."""

    layer: Value
    inputs: tuple[TensorValue, ...]
    given: tuple[Value, ...]
    output: Value


@frozen
class TensorChanged(Occurrence):
    """An activation changes a tensor in place in the `forward` of a model."""


@frozen
class TensorUsed(Occurrence):
    """A variable that holds a tensor which layers made is read in the `forward` of a model."""

    tensor: TensorValue


@frozen
class TensorPassedOn(Occurrence):
    """A tensor is given a name, returned or asked for its shape in the `forward` of a model: it is not used by that."""

    tensor: TensorValue


@frozen
class TensorDetached(Occurrence):
    """A tensor that layers made is taken out of the graph in the `forward` of a model; `result` is what is left."""

    tensor: TensorValue
    severance: Severance
    result: TensorValue


@frozen
class LayerRepeated(Occurrence):
    """One layer is put into a list or container over and over: by `[layer] * n`, a comprehension, or a loop."""

    layer: Thing


@frozen
class LayersAdded(Occurrence):
    """A container is given layers, or what else it registers."""

    container: Thing
    given: tuple[Value, ...]


@frozen
class MemberAssigned(Occurrence):
    """A module is about to be given something under a name: as an attribute, or as an item."""

    owner: Thing
    name: str
    value: Value
    site: Site
