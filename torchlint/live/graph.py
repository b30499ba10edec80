"""What the graph behind a tensor says: the values that it can hold, and whether it was divided."""

from __future__ import annotations

import re
from typing import Any

from torchlint.facts.layer import Range

FARTHEST = 12
_NUMBER = re.compile(r"Backward\w*$|\d+$")
RANGES = {
    "Softmax": Range.PROBABILITIES,
    "LogSoftmax": Range.LOG_PROBABILITIES,
    "Sigmoid": Range.UNIT,
    "Hardsigmoid": Range.UNIT,
    "LogSigmoid": Range.LOG_UNIT,
    "Relu": Range.NON_NEGATIVE,
    "Softplus": Range.NON_NEGATIVE,
    "Tanh": Range.SIGNED_UNIT,
    **dict.fromkeys(
        "Addmm Mm Bmm Baddbmm Addbmm Mv Linear Convolution MkldnnConvolution SlowConv2D NativeBatchNorm "
        "CudnnBatchNorm MiopenBatchNorm NativeLayerNorm NativeGroupNorm Embedding EmbeddingBag LeakyRelu Elu Gelu "
        "Silu Mish Prelu FusedRmsNorm CudnnRnn MkldnnRnnLayer".split(),
        Range.RAW,
    ),
}
KEEPS = frozenset(
    "View UnsafeView ReshapeAlias Reshape Squeeze Unsqueeze Permute Transpose T Expand Slice Select Clone "
    "ToCopy Copy Alias Unbind Split SplitWithSizes Repeat Flip Narrow AsStrided Index IndexSelect "
    "MkldnnReshape Contiguous Unsafe Diagonal Gather MaskedSelect Movedim Swapaxes Roll".split()
)


def range_of(node: Any) -> Range:
    """The range of what a node of the graph has computed."""
    for _ in range(FARTHEST):
        if node is None:
            return Range.UNKNOWN
        name = operation(node)
        if name in RANGES:
            return RANGES[name]
        if name == "Log":
            inner = range_of(_first(node))
            return {Range.PROBABILITIES: Range.LOG_PROBABILITIES, Range.UNIT: Range.LOG_UNIT}.get(inner, Range.UNKNOWN)
        if name == "Add":
            return Range.RAW if any(_is_product(each) for each, _ in node.next_functions) else Range.UNKNOWN
        if name not in KEEPS:
            return Range.UNKNOWN
        node = _first(node)
    return Range.UNKNOWN


def operation(node: Any) -> str:
    """The name of an operation: `AddmmBackward0` is "Addmm"."""
    return _NUMBER.sub("", node.name())


def _first(node: Any) -> Any:
    return next((each for each, _ in node.next_functions if each is not None), None)


def _is_product(node: Any) -> bool:
    """Whether a node multiplies by a matrix, as in `x @ weight + bias`."""
    return node is not None and operation(node) in ("Mm", "Bmm", "UnsafeView", "Mv")
