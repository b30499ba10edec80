"""Lists of tensors that a function makes one of."""

from __future__ import annotations

from torchlint.facts.layer import Range
from torchlint.knowledge import functional
from torchlint.source.paper.domain.join import either
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Value


def joined(name: str, tensors: list[TensorValue]) -> TensorValue:
    """What a function that takes a list of tensors gives."""
    if name in functional.JOINS:
        result: Value = tensors[0]
        for each in tensors[1:]:
            result = either(result, each)
        if isinstance(result, TensorValue):
            return result.but(shape=None)
    return tensors[0].but(range=Range.UNKNOWN, activation=None)
