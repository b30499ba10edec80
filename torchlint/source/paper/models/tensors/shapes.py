"""Shapes on paper: how many dimensions a tensor has and which sizes are known, where that is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import EllipsisType
from typing import TypeAlias

from torchlint.knowledge.data import CLASS_LABELS, PARTS
from torchlint.knowledge.functional import (
    ELEMENTWISE,
    LIKE_ANOTHER,
    NEW_TENSOR,
    RANGES,
    SAME_TENSOR,
    SIZED_BY_LIST,
    UNSIZED,
)
from torchlint.knowledge.layers import CHANNELS, KEEPS_SHAPE, SIZES
from torchlint.source import syntax
from torchlint.source.paper.domain.tensor import Shape, TensorValue
from torchlint.source.paper.domain.values import Arguments, Kind, Literal, Many, Thing, Value, is_none
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.containers import items_of

BATCH: Shape = (None, ...)
"""One dimension for the samples, then any number of others."""
_SIZED = NEW_TENSOR - UNSIZED
Size: TypeAlias = int | EllipsisType | None
Shapes: TypeAlias = tuple[Shape | None, ...]


def of_new(machine: Machine, name: str, arguments: Arguments) -> Shape | None:
    """The shape of a tensor that a function of torch makes."""
    if name in RANGES:
        return (None,)
    given = arguments.positional
    if name in LIKE_ANOTHER:
        return given[0].shape if given and isinstance(given[0], TensorValue) else None
    if name == "tensor" and given and isinstance(given[0], Many):
        items = items_of(machine.state, given[0])
        return (len(items),) if items and all(isinstance(item, Literal) for item in items) else None
    if name in SIZED_BY_LIST:
        position = SIZED_BY_LIST[name]
        size = arguments.get("size", position if position >= 0 else len(given) - 1)
        return _sizes(machine, [size]) if isinstance(size, Many) else None
    if name in _SIZED and not arguments.unknown:
        return _sizes(machine, given or [each for each in (arguments.get("size"),) if each is not None])
    return None


def _sizes(machine: Machine, given: Sequence[Value]) -> Shape | None:
    """Sizes that are given one by one or as one list; what is not known to be one number may be a list itself."""
    if len(given) == 1:
        if isinstance(given[0], Many):
            given = items_of(machine.state, given[0])
        elif _number(given[0]) is None:
            return None
    if not given or any(isinstance(each, Many) for each in given):
        return None
    numbers = [_number(each) for each in given]
    return tuple(None if number == -1 else number for number in numbers)


def _number(value: Value | None) -> int | None:
    known = value.value if isinstance(value, Literal) else None
    return known if isinstance(known, int) and not isinstance(known, bool) else None


def reshaped(machine: Machine, name: str, tensor: TensorValue, given: list[Value]) -> Shape | None:
    """The shape after a method that leaves the values as they are."""
    shape = tensor.shape
    first = given[0] if given else None
    if name in SAME_TENSOR:
        return shape
    match name:
        case "view" | "reshape":
            return _sizes(machine, given)
        case "view_as" | "reshape_as" | "expand_as":
            return first.shape if isinstance(first, TensorValue) else None
        case "ravel":
            return (None,)
        case "flatten":
            return _flattened(shape, _number(first) if given else 0, _number(given[1]) if len(given) > 1 else -1)
        case "squeeze" | "squeeze_":
            return _squeezed(shape, first)
        case "unsqueeze" | "unsqueeze_":
            return _unsqueezed(shape, _number(first))
    return None


def reduced(
    machine: Machine, shape: Shape | None, given: Sequence[Value], keywords: Mapping[str, Value]
) -> Shape | None:
    """The shape after a sum or mean, over the dimensions that are given or over all."""
    over = keywords.get("dim", keywords.get("axis", given[0] if given else None))
    if over is None or is_none(over):
        return ()
    kept = keywords.get("keepdim", keywords.get("keepdims", given[1] if len(given) > 1 else Literal(value=False)))
    dimensions = [_number(each) for each in (items_of(machine.state, over) if isinstance(over, Many) else [over])]
    if shape is None or ... in shape or not isinstance(kept, Literal) or not dimensions:
        return None
    if any(each is None or not -len(shape) <= each < len(shape) for each in dimensions):
        return None
    gone = {each % len(shape) for each in dimensions if each is not None}
    if kept.value:
        return tuple(1 if position in gone else size for position, size in enumerate(shape))
    return tuple(size for position, size in enumerate(shape) if position not in gone)


def _flattened(shape: Shape | None, start: int | None, end: int | None) -> Shape | None:
    match start, end:
        case 0, -1:
            return (None,)
        case 1, -1:
            return (shape[0] if shape and shape[0] is not ... else None, None)
        case 0, 1 if shape is not None and ... not in shape:
            return (None, *shape[2:])
    return None


def _squeezed(shape: Shape | None, dimension: Value | None) -> Shape | None:
    if shape is None:
        return None
    if dimension is None:
        return None if None in shape[1:] else shape[:1] + tuple(size for size in shape[1:] if size != 1)
    index = _number(dimension)
    if index is None or not _reaches(shape, index):
        return None
    index %= len(shape)
    return shape[:index] + shape[index + 1 :] if shape[index] == 1 else None if shape[index] is None else shape


def _unsqueezed(shape: Shape | None, index: int | None) -> Shape | None:
    if shape is None or index is None:
        return None
    before, after = (index, index) if index >= 0 else (len(shape) + index + 1, len(shape) + index + 1)
    if not 0 <= before <= len(shape) or (... in shape[:before] if index >= 0 else ... in shape[after:]):
        return None
    return (*shape[:before], 1, *shape[after:])


def _reaches(shape: Shape, index: int) -> bool:
    """Whether an index counts over dimensions that are all known."""
    if not -len(shape) <= index < len(shape):
        return False
    return ... not in (shape[: index + 1] if index >= 0 else shape[index:])


def through(layer: Thing, shape: Shape | None) -> Shape | None:
    """The shape that a layer of torch gives."""
    name = layer.last
    if name in KEEPS_SHAPE:
        return shape
    given = layer.arguments
    if name == "Embedding":
        return (*shape, _number(given.get(*SIZES[name]))) if shape is not None else None
    if name in SIZES:
        kept: Shape = (...,) if shape is None else shape if shape[-1:] == (...,) else shape[:-1]
        return (*kept, _number(given.get(*SIZES[name]))) if shape != () else None
    if name in CHANNELS:
        return (None, _number(given.get(*CHANNELS[name])), *[None] * int(name[-2]))
    if name == "Flatten":
        start, end = given.get("start_dim", 0), given.get("end_dim", 1)
        return _flattened(shape, 1 if start is None else _number(start), -1 if end is None else _number(end))
    return None


def together(operator: str, values: list[Value]) -> Shape | None:
    """The shape that an operation on several values gives: those of the same number of dimensions are compared."""
    if operator in ("@", "matmul"):
        return _product(values)
    if operator not in ("+", "-", "*", "/", "**") and operator not in ELEMENTWISE:
        return None
    result: Shape | None = None
    for value in values:
        if isinstance(value, Literal):
            continue
        shape = value.shape if isinstance(value, TensorValue) else None
        if shape is None or (result is not None and len(shape) != len(result)):
            return None
        result = shape if result is None else tuple(map(_wider, result, shape))
    return result


def _product(values: list[Value]) -> Shape | None:
    shapes = [each.shape if isinstance(each, TensorValue) else None for each in values[:2]]
    left, right = shapes if len(shapes) == 2 else (None, None)  # Factors that are unpacked are not all known.
    if not left or not right or left[-1] is ... or ... in right:
        return None
    if len(right) == 1:
        return left[:-1]
    return (*left[:-1], right[1]) if len(right) == 2 else None


def _wider(first: Size, second: Size) -> Size:
    if first == second or second == 1:
        return first
    return second if first == 1 else None


def of_piece(shape: Shape | None, index: syntax.Expression) -> Shape | None:
    """The shape of what stands at an index that is made of slices and constants."""
    items = index.items if isinstance(index, syntax.Collection) else [index]
    if shape is None or ... in shape:
        return None
    left, found = list(shape), list[Size]()
    for position, item in enumerate(items):
        match item:
            case syntax.Constant(value=None):
                found.append(1)
            case syntax.Constant(value=EllipsisType()):
                kept = len(left) - sum(not _adds(each) for each in items[position + 1 :])
                found, left = [*found, *left[:kept]], left[kept:]
            case _ if not left:
                return None
            case syntax.Slice(lower=None, upper=None, step=None):
                found.append(left.pop(0))
            case syntax.Slice():
                found.append(None)
                left.pop(0)
            case _:
                left.pop(0)
    return (*found, *left)


def _adds(item: syntax.Expression) -> bool:
    return isinstance(item, syntax.Constant) and item.value is None


def of_row(tensor: TensorValue) -> Shape | None:
    """The shape of what stands at one index of a tensor."""
    return tensor.shape[1:] if tensor.shape and tensor.shape[0] is not ... else None


def of_batch(loader: Value, sample: Callable[[Thing], Shapes]) -> tuple[Shape | None, Shapes]:
    """The shape of what a loader gives, and those of the parts of its batches, where they are known.

    `sample` tells the shapes of what a dataset of the project gives for one index.
    """
    if not isinstance(loader, Thing) or loader.kind is not Kind.LOADER:
        return None, ()
    size = loader.arguments.get("batch_size", 1)
    if size is not None and is_none(size):
        return None, ()
    dataset = loader.arguments.get("dataset", 0)
    for _ in range(3):
        inner = dataset.arguments.positional[:1] if isinstance(dataset, Thing) and dataset.of is None else []
        if inner and isinstance(dataset, Thing) and dataset.last in PARTS:
            dataset = inner[0]
    if not isinstance(dataset, Thing) or loader.arguments.get("collate_fn", 6) is not None:
        return BATCH, ()
    if dataset.of is not None:
        return BATCH, tuple(BATCH if each is None else (None, *each) for each in sample(dataset))
    if dataset.last in CLASS_LABELS:
        return BATCH, (BATCH, (None,))
    if dataset.last == "TensorDataset":
        return BATCH, tuple(_batched(each) for each in dataset.arguments.positional)
    return BATCH, ()


def _batched(value: Value) -> Shape:
    shape = value.shape if isinstance(value, TensorValue) else None
    return (None, *shape[1:]) if shape and shape[0] is not ... else BATCH
