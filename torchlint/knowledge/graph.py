"""The operations of torch's graph, by the names of their nodes: `AddmmBackward0` is "Addmm"."""

from __future__ import annotations

from torchlint.facts.layer import Range

NODE_RANGES: dict[str, Range] = {
    "Softmax": Range.PROBABILITIES,
    "LogSoftmax": Range.LOG_PROBABILITIES,
    "Sigmoid": Range.UNIT,
    "Hardsigmoid": Range.UNIT,
    "LogSigmoid": Range.LOG_UNIT,
    "Relu": Range.NON_NEGATIVE,
    "Softplus": Range.NON_NEGATIVE,
    **dict.fromkeys("Elu Gelu Silu Mish Hardswish".split(), Range.HARDLY_NEGATIVE),
    "Tanh": Range.SIGNED_UNIT,
    **dict.fromkeys(
        "Addmm Mm Bmm Baddbmm Addbmm Mv Linear Convolution MkldnnConvolution SlowConv2D NativeBatchNorm "
        "CudnnBatchNorm MiopenBatchNorm NativeLayerNorm NativeGroupNorm Embedding EmbeddingBag LeakyRelu "
        "PreluKernel FusedRmsNorm CudnnRnn MkldnnRnnLayer".split(),
        Range.RAW,
    ),
}
"""The range of what an operation gives."""
MOVES = frozenset("ToCopy Copy Clone".split())
"""Operations that give the same values in another place or of another type."""
KEEPS_VALUES = MOVES | frozenset(
    "View UnsafeView ReshapeAlias Squeeze Unsqueeze Permute Transpose T Expand Slice Select Alias Unbind Split "
    "SplitWithSizes Repeat Flip AsStrided Index IndexSelect MkldnnReshape Diagonal Gather MaskedSelect Roll".split()
)
"""Operations that arrange, choose or repeat values, and compute none."""
LOGARITHM = "Log"
SUM = "Add"
PRODUCT = "Mul"
MATRIX_PRODUCTS = frozenset("Mm Bmm UnsafeView Mv".split())
"""What multiplies by a matrix, or is the last node of that."""
ADDS_UP = KEEPS_VALUES | frozenset("Add Sub Neg Sum Stack Cat".split())
"""Operations through which a loss goes as it is, alone or with others."""
ADDS_TWO = frozenset("Add Sub".split())
"""Operations that make a sum of two."""
WEIGHS = frozenset("Neg Mul Div".split())
"""Operations by which a number weighs what stands behind."""
DIVIDES = frozenset("Div Mul Mean".split())
"""Operations that may divide."""
ARITHMETIC = frozenset("Add Sub Neg Mul Div".split())
LEAF = "torch::autograd::AccumulateGrad"
"""The node of a tensor that was not computed."""
