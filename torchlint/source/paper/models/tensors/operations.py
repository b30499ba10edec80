"""Tensors on paper: what an operation makes of where a tensor comes from."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from torchlint.facts.answer import No, Unknown, Yes
from torchlint.facts.layer import Range
from torchlint.facts.loss import Origin, Tensor
from torchlint.knowledge.names import INPUT_WORDS, TARGET_WORDS, names_loss, words_of
from torchlint.source.paper.domain.tensor import Shape, TensorValue, loaders_of, sources_of
from torchlint.source.paper.domain.values import (
    Hits,
    Length,
    Number,
    Opaque,
    Parameters,
    Value,
    WeightData,
    Weights,
    options,
)
from torchlint.source.paper.models.tensors import quantities, shapes
from torchlint.source.paper.models.tensors.graphs import join_graphs
from torchlint.source.paper.models.tensors.hits import count_of
from torchlint.source.paper.models.tensors.terms import WEIGHING, addends, bootstraps, difference
from torchlint.source.paper.models.tensors.weights import share_after
from torchlint.source.paper.models.torch.subjects import weights_in
from torchlint.source.paper.occurrences.data import BatchNormalised
from torchlint.source.paper.occurrences.training import DifferenceTaken
from torchlint.source.paper.python.machine import Machine

SUBTRACTIONS = frozenset(("-", "sub", "subtract"))


def fact_of(value: Value | None) -> Tensor:
    """What is known of a tensor, as a fact tells it."""
    if not isinstance(value, TensorValue):
        return Tensor()
    data = Yes if value.is_data else No if value.graph is Yes else Unknown
    return Tensor(origin=value.origin, range=value.range, activation=value.activation, shape=value.shape, is_data=data)


def facts_of(value: Value | None) -> tuple[Tensor, ...]:
    """What is known of a tensor: several facts where models that give different things may have made it."""
    whole = fact_of(value)
    outputs = value.outputs if isinstance(value, TensorValue) else ()
    each_way = [replace(whole, range=each.range, activation=each.activation) for each in outputs]
    return tuple(dict.fromkeys(each_way)) or (whole,)


def batch_item(batch: TensorValue, key: object) -> TensorValue:
    """One item of a batch, by position or name: the first is the input, the second the target."""
    if batch.packed:
        return batch.but(packed=False)
    if batch.loader < 0 or batch.origin is not Origin.UNKNOWN:
        return part_of(batch, key)
    return _item(batch, key, _origin(key))


def _item(batch: TensorValue, key: object, origin: Origin) -> TensorValue:
    source = frozenset(((batch.loader, key),)) if isinstance(key, (int, str)) else batch.roots
    shape = _shape(batch, key)
    return batch.but(origin=origin, shape=shape, parts=(), sources=source, piece_of=item_of(batch, key))


def item_of(batch: TensorValue, key: object) -> Hashable:
    """What tells an item of a batch from others: it is the same each time that it is asked for."""
    return (batch.whole, key) if isinstance(key, (int, str)) else None


def part_of(tensor: TensorValue, key: object) -> TensorValue:
    """One of the things that a model gave together, or one column of what it gave."""
    outputs = tuple(part_of(each, key) for each in tensor.outputs)
    if tensor.output_of is None or key is None:
        return tensor.but(output_of=None, outputs=outputs if key is not None else ())
    model, part = tensor.output_of
    return tensor.but(output_of=(model, f"{part}.{key}"))


def _origin(key: object) -> Origin:
    if isinstance(key, int):
        return {0: Origin.INPUT, 1: Origin.TARGET}.get(key, Origin.UNKNOWN)
    if isinstance(key, str):
        return origin_by_name(key)
    return Origin.UNKNOWN


def origin_by_name(name: str) -> Origin:
    """What a part of a batch is, by what the author calls it."""
    words = set(words_of(name))
    if words & TARGET_WORDS:
        return Origin.TARGET
    return Origin.INPUT if words & INPUT_WORDS else Origin.UNKNOWN


def _shape(batch: TensorValue, key: object) -> Shape | None:
    if isinstance(key, int) and 0 <= key < len(batch.parts):
        return batch.parts[key]
    return batch.shape if isinstance(key, (int, str)) else None


def _told_with_loss(loss: TensorValue, names: list[str]) -> list[Value]:
    """What comes along with a loss: the parts named so are losses, else the first; scores may be mere numbers."""
    called = [names_loss(name) for name in names]
    losses = called if any(called) else [position == 0 for position in range(len(names))]
    other: dict[str, object] = {
        "origin": Origin.UNKNOWN,
        "graph": Unknown,
        "cut": None,
        "terms": frozenset(),
        "of_loss": "",
    }
    return [loss.but(output_of=None, **({} if is_loss else other)) for is_loss in losses]


def unpack_batch(batch: TensorValue, names: list[str]) -> list[Value]:
    """The parts of a batch that is unpacked into these names (empty where the target is no plain name)."""
    if batch.origin is Origin.LOSS:
        return _told_with_loss(batch, names)
    if batch.loader < 0 or batch.origin is not Origin.UNKNOWN:
        return [part_of(batch, position) for position in range(len(names))]
    origins = [Origin.INPUT, Origin.TARGET] if len(names) == 2 else [origin_by_name(name) for name in names]
    return [_item(batch, position, origin) for position, origin in enumerate(origins)]


def _rescales(machine: Machine, operator: str, tensor: TensorValue) -> bool:
    """Whether an operation normalises an input; in `forward`, what comes straight from a batch is one."""
    if tensor.origin is Origin.INPUT:
        return operator in "-/*"
    straight = tensor.origin is Origin.UNKNOWN and tensor.loader >= 0 and not tensor.subject.own
    return straight and machine.place.forward_depth > 0 and operator in "-/"


def arithmetic(machine: Machine, operator: str, values: list[Value]) -> Value:
    """What an operation on tensors gives: a loss stays one; scores are no longer what they were."""
    tensors = [each for value in values for each in options(value) if isinstance(each, TensorValue)]
    if not tensors:
        counted = count_of(machine, operator, values)
        if isinstance(counted, Hits):
            return counted
        if any(isinstance(each, (Parameters, WeightData, Weights)) for each in values):
            return WeightData(subject=weights_in(machine.state, values))
        if not any(isinstance(value, Number) for value in values):
            return Opaque()
        # So many times a length is one still, or what is left of it: `epochs * len(loader)` counts batches.
        lengths = operator in ("*", "+", "-") and any(isinstance(value, Length) for value in values)
        return Length() if lengths else Number()
    losses = [tensor for tensor in tensors if tensor.origin is Origin.LOSS]
    first = losses[0] if losses else tensors[0]
    subject = first.subject
    for tensor in tensors:
        subject = subject | tensor.subject if tensor is not first else subject
    origins = {tensor.origin for tensor in tensors}
    result = first.but(
        subject=subject,
        range=Range.UNKNOWN,
        activation=None,
        shape=shapes.together(operator, values),
        loaders=loaders_of(tensors),
        sources=sources_of(tensors),
        trainable=No if all(tensor.trainable is No for tensor in tensors) else Unknown,
        cuts=frozenset().union(*(tensor.cuts for tensor in tensors)),
        normalised=any(t.normalised for t in tensors) or _rescales(machine, operator, first),
        made=first.made if len(tensors) == 1 and operator in WEIGHING else machine.site(machine.place.line),
        addends=addends(machine, operator, values),
        severed=frozenset().union(*(tensor.severed for tensor in tensors)),
        bootstraps=bootstraps(machine, operator, values),
        difference=difference(operator, values, tensors),
        reduced=any(tensor.reduced for tensor in tensors),
        weighed=operator == "*" or any(tensor.weighed for tensor in tensors),
    )
    share = share_after(machine, operator, values, losses or [first])
    result = join_graphs(machine, result, values).refined(divided=share.divided, weight=share.weight)
    result = quantities.measured(machine, operator, values, result)
    if losses:
        return result
    if {Origin.OUTPUT, Origin.TARGET} <= origins:
        result = result.refined(origin=Origin.LOSS, terms=frozenset((result.number,)))
        if operator in SUBTRACTIONS and len(tensors) == 2:
            target, prediction = sorted(tensors, key=lambda each: each.origin is Origin.OUTPUT)
            machine.tell(DifferenceTaken(prediction, target, result.number, machine.site(machine.place.line)))
    elif len(origins) > 1:
        result = result.refined(origin=Origin.OUTPUT if Origin.OUTPUT in origins else Origin.UNKNOWN)
    if first.normalised is not result.normalised and result.loader >= 0:
        machine.tell(BatchNormalised(result.loader))
    return result
