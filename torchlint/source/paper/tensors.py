"""Tensors on paper: what an operation makes of where a tensor comes from."""

from __future__ import annotations

from torchlint.facts.loss import Origin, Tensor
from torchlint.knowledge.names import INPUT_WORDS, TARGET_WORDS, words_of
from torchlint.source.paper.values import TensorValue, Value


def fact_of(value: Value | None) -> Tensor:
    """What is known of a tensor, as a fact tells it."""
    if not isinstance(value, TensorValue):
        return Tensor()
    return Tensor(origin=value.origin, range=value.range, activation=value.activation)


def batch_item(batch: TensorValue, key: object) -> TensorValue:
    """One item of a batch, by position or name: the first is the input, the second the target."""
    if batch.loader < 0 or batch.origin is not Origin.UNKNOWN:
        return batch.but()
    return batch.but(origin=_origin(key))


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


def unpack_batch(batch: TensorValue, names: list[str]) -> list[Value]:
    """The parts of a batch that is unpacked into these names (empty where the target is no plain name)."""
    if batch.loader < 0 or batch.origin is not Origin.UNKNOWN:
        return [batch.but() for _ in names]
    if len(names) == 2:
        return [batch.but(origin=Origin.INPUT), batch.but(origin=Origin.TARGET)]
    return [batch.but(origin=origin_by_name(name)) for name in names]
