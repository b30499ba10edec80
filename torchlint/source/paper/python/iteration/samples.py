"""What a dataset of the project gives for one index, on paper: the shapes of its parts."""

from __future__ import annotations

from torchlint.source.paper.domain.tensor import Shape, TensorValue
from torchlint.source.paper.domain.values import Arguments, Index, Literal, Many, Routine, Thing, Value
from torchlint.source.paper.python.attributes import class_attribute
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import ATTRIBUTE
from torchlint.source.paper.state.containers import items_of


def shapes_of_sample(machine: Machine, dataset: Thing) -> tuple[Shape | None, ...]:
    """The shapes of the parts of a sample; none where nothing is known, or it is no tuple."""
    samples = machine.memory.samples
    if dataset.number not in samples:
        samples[dataset.number] = ()  # A dataset that asks itself for a sample is not asked again.
        if _holds_shaped(machine, dataset):
            samples[dataset.number] = _asked(machine, dataset)
    return samples[dataset.number]


def _holds_shaped(machine: Machine, dataset: Thing) -> bool:
    """Whether a dataset keeps its samples in tensors of which a shape is known: of others, nothing can be told."""
    names = machine.objects.attribute_names.get(dataset.number, ())
    held = (machine.state.get(ATTRIBUTE, dataset.number, name) for name in names)
    return any(isinstance(each, TensorValue) and each.shape is not None for each in held)


def _asked(machine: Machine, dataset: Thing) -> tuple[Shape | None, ...]:
    method = class_attribute(machine, dataset.of, "__getitem__") if dataset.of is not None else None
    if not isinstance(method, Routine):
        return ()
    with machine.aside(machine.state.fork()):
        given = machine.call_routine(method.bound_to(dataset), Arguments([Index()]), None)
        return tuple(map(_shape, items_of(machine.state, given))) if isinstance(given, Many) else ()


def _shape(part: Value) -> Shape | None:
    match part:
        case TensorValue():
            return part.shape
        case Literal(value=bool() | int() | float()):
            return ()
    return None
