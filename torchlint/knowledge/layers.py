"""The layers of torch.nn: what each holds and what it gives."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.layer import Range


@dataclass(frozen=True, slots=True)
class LayerKind:
    """A layer class; `output` None means that what comes out has the range of what went in."""

    name: str
    parameters: Answer = No
    buffers: Answer = No
    mode_dependent: Answer = No
    output: Range | None = None


@dataclass(frozen=True, slots=True)
class Decider:
    """The argument that decides a property: it is absent when the argument is `plain`, its default."""

    keyword: str
    position: int | None
    plain: object


_ALL = (
    LayerKind("AdaptiveAvgPool1d"),
    LayerKind("AdaptiveAvgPool2d"),
    LayerKind("AdaptiveAvgPool3d"),
    LayerKind("AdaptiveMaxPool1d"),
    LayerKind("AdaptiveMaxPool2d"),
    LayerKind("AdaptiveMaxPool3d"),
    LayerKind("AlphaDropout", mode_dependent=Yes),
    LayerKind("AvgPool1d"),
    LayerKind("AvgPool2d"),
    LayerKind("AvgPool3d"),
    LayerKind("BatchNorm1d", parameters=Unknown, buffers=Unknown, mode_dependent=Yes, output=Range.RAW),
    LayerKind("BatchNorm2d", parameters=Unknown, buffers=Unknown, mode_dependent=Yes, output=Range.RAW),
    LayerKind("BatchNorm3d", parameters=Unknown, buffers=Unknown, mode_dependent=Yes, output=Range.RAW),
    LayerKind("Bilinear", parameters=Yes, output=Range.RAW),
    LayerKind("CELU", output=Range.RAW),
    LayerKind("ChannelShuffle"),
    LayerKind("CircularPad1d"),
    LayerKind("CircularPad2d"),
    LayerKind("CircularPad3d"),
    LayerKind("ConstantPad1d"),
    LayerKind("ConstantPad2d"),
    LayerKind("ConstantPad3d"),
    LayerKind("Conv1d", parameters=Yes, output=Range.RAW),
    LayerKind("Conv2d", parameters=Yes, output=Range.RAW),
    LayerKind("Conv3d", parameters=Yes, output=Range.RAW),
    LayerKind("ConvTranspose1d", parameters=Yes, output=Range.RAW),
    LayerKind("ConvTranspose2d", parameters=Yes, output=Range.RAW),
    LayerKind("ConvTranspose3d", parameters=Yes, output=Range.RAW),
    LayerKind("CosineSimilarity", output=Range.RAW),
    LayerKind("CrossMapLRN2d", output=Range.RAW),
    LayerKind("DataParallel", output=Range.UNKNOWN),
    LayerKind("Dropout", mode_dependent=Yes),
    LayerKind("Dropout1d", mode_dependent=Yes),
    LayerKind("Dropout2d", mode_dependent=Yes),
    LayerKind("Dropout3d", mode_dependent=Yes),
    LayerKind("ELU", output=Range.RAW),
    LayerKind("Embedding", parameters=Yes, output=Range.RAW),
    LayerKind("EmbeddingBag", parameters=Yes, output=Range.RAW),
    LayerKind("FeatureAlphaDropout", mode_dependent=Yes),
    LayerKind("Flatten"),
    LayerKind("Fold"),
    LayerKind("FractionalMaxPool2d"),
    LayerKind("FractionalMaxPool3d"),
    LayerKind("GELU", output=Range.RAW),
    LayerKind("GLU", output=Range.RAW),
    LayerKind("GRU", parameters=Yes, mode_dependent=Unknown, output=Range.RAW),
    LayerKind("GRUCell", parameters=Yes, output=Range.RAW),
    LayerKind("GroupNorm", parameters=Unknown, output=Range.RAW),
    LayerKind("Hardshrink", output=Range.RAW),
    LayerKind("Hardsigmoid", output=Range.UNIT),
    LayerKind("Hardswish", output=Range.RAW),
    LayerKind("Hardtanh", output=Range.SIGNED_UNIT),
    LayerKind("Identity"),
    LayerKind("InstanceNorm1d", parameters=Unknown, buffers=Unknown, mode_dependent=Unknown, output=Range.RAW),
    LayerKind("InstanceNorm2d", parameters=Unknown, buffers=Unknown, mode_dependent=Unknown, output=Range.RAW),
    LayerKind("InstanceNorm3d", parameters=Unknown, buffers=Unknown, mode_dependent=Unknown, output=Range.RAW),
    LayerKind("LPPool1d"),
    LayerKind("LPPool2d"),
    LayerKind("LPPool3d"),
    LayerKind("LSTM", parameters=Yes, mode_dependent=Unknown, output=Range.RAW),
    LayerKind("LSTMCell", parameters=Yes, output=Range.RAW),
    LayerKind("LayerNorm", parameters=Unknown, output=Range.RAW),
    LayerKind("LazyBatchNorm1d", parameters=Unknown, buffers=Unknown, mode_dependent=Yes, output=Range.RAW),
    LayerKind("LazyBatchNorm2d", parameters=Unknown, buffers=Unknown, mode_dependent=Yes, output=Range.RAW),
    LayerKind("LazyBatchNorm3d", parameters=Unknown, buffers=Unknown, mode_dependent=Yes, output=Range.RAW),
    LayerKind("LazyConv1d", parameters=Yes, output=Range.RAW),
    LayerKind("LazyConv2d", parameters=Yes, output=Range.RAW),
    LayerKind("LazyConv3d", parameters=Yes, output=Range.RAW),
    LayerKind("LazyConvTranspose1d", parameters=Yes, output=Range.RAW),
    LayerKind("LazyConvTranspose2d", parameters=Yes, output=Range.RAW),
    LayerKind("LazyConvTranspose3d", parameters=Yes, output=Range.RAW),
    LayerKind("LazyInstanceNorm1d", parameters=Unknown, buffers=Unknown, mode_dependent=Unknown, output=Range.RAW),
    LayerKind("LazyInstanceNorm2d", parameters=Unknown, buffers=Unknown, mode_dependent=Unknown, output=Range.RAW),
    LayerKind("LazyInstanceNorm3d", parameters=Unknown, buffers=Unknown, mode_dependent=Unknown, output=Range.RAW),
    LayerKind("LazyLinear", parameters=Yes, output=Range.RAW),
    LayerKind("LeakyReLU", output=Range.RAW),
    LayerKind("Linear", parameters=Yes, output=Range.RAW),
    LayerKind("LocalResponseNorm", output=Range.RAW),
    LayerKind("LogSigmoid", output=Range.LOG_UNIT),
    LayerKind("LogSoftmax", output=Range.LOG_PROBABILITIES),
    LayerKind("MaxPool1d"),
    LayerKind("MaxPool2d"),
    LayerKind("MaxPool3d"),
    LayerKind("MaxUnpool1d"),
    LayerKind("MaxUnpool2d"),
    LayerKind("MaxUnpool3d"),
    LayerKind("Mish", output=Range.RAW),
    LayerKind("Module", output=Range.UNKNOWN),
    LayerKind("ModuleDict", output=Range.UNKNOWN),
    LayerKind("ModuleList", output=Range.UNKNOWN),
    LayerKind("MultiheadAttention", parameters=Yes, mode_dependent=Unknown, output=Range.RAW),
    LayerKind("PReLU", parameters=Yes, output=Range.RAW),
    LayerKind("PairwiseDistance", output=Range.RAW),
    LayerKind("ParameterDict", output=Range.UNKNOWN),
    LayerKind("ParameterList", output=Range.UNKNOWN),
    LayerKind("PixelShuffle"),
    LayerKind("PixelUnshuffle"),
    LayerKind("RMSNorm", parameters=Unknown, output=Range.RAW),
    LayerKind("RNN", parameters=Yes, mode_dependent=Unknown, output=Range.RAW),
    LayerKind("RNNBase", parameters=Yes, mode_dependent=Unknown, output=Range.RAW),
    LayerKind("RNNCell", parameters=Yes, output=Range.RAW),
    LayerKind("RNNCellBase", parameters=Yes, output=Range.RAW),
    LayerKind("RReLU", mode_dependent=Yes, output=Range.RAW),
    LayerKind("ReLU", output=Range.NON_NEGATIVE),
    LayerKind("ReLU6", output=Range.NON_NEGATIVE),
    LayerKind("ReflectionPad1d"),
    LayerKind("ReflectionPad2d"),
    LayerKind("ReflectionPad3d"),
    LayerKind("ReplicationPad1d"),
    LayerKind("ReplicationPad2d"),
    LayerKind("ReplicationPad3d"),
    LayerKind("SELU", output=Range.RAW),
    LayerKind("Sequential", output=Range.UNKNOWN),
    LayerKind("SiLU", output=Range.RAW),
    LayerKind("Sigmoid", output=Range.UNIT),
    LayerKind("Softmax", output=Range.PROBABILITIES),
    LayerKind("Softmax2d", output=Range.PROBABILITIES),
    LayerKind("Softmin", output=Range.PROBABILITIES),
    LayerKind("Softplus", output=Range.NON_NEGATIVE),
    LayerKind("Softshrink", output=Range.RAW),
    LayerKind("Softsign", output=Range.SIGNED_UNIT),
    LayerKind("SyncBatchNorm", parameters=Unknown, buffers=Unknown, mode_dependent=Yes, output=Range.RAW),
    LayerKind("Tanh", output=Range.SIGNED_UNIT),
    LayerKind("Tanhshrink", output=Range.RAW),
    LayerKind("Threshold", output=Range.RAW),
    LayerKind("Transformer", parameters=Yes, mode_dependent=Unknown, output=Range.RAW),
    LayerKind("TransformerDecoder", parameters=Yes, mode_dependent=Unknown, output=Range.RAW),
    LayerKind("TransformerDecoderLayer", parameters=Yes, mode_dependent=Unknown, output=Range.RAW),
    LayerKind("TransformerEncoder", parameters=Yes, mode_dependent=Unknown, output=Range.RAW),
    LayerKind("TransformerEncoderLayer", parameters=Yes, mode_dependent=Unknown, output=Range.RAW),
    LayerKind("Unflatten"),
    LayerKind("Unfold"),
    LayerKind("Upsample"),
    LayerKind("UpsamplingBilinear2d"),
    LayerKind("UpsamplingNearest2d"),
    LayerKind("ZeroPad1d"),
    LayerKind("ZeroPad2d"),
    LayerKind("ZeroPad3d"),
)
LAYERS = {kind.name: kind for kind in _ALL}
CONTAINERS = frozenset(("Sequential", "ModuleList", "ModuleDict"))
DECIDED_BY: dict[tuple[str, str], Decider] = {
    **{(name, "mode_dependent"): Decider("dropout", None, 0.0) for name in ("RNN", "LSTM", "GRU")},
    ("MultiheadAttention", "mode_dependent"): Decider("dropout", 2, 0.0),
    **{
        (name, "mode_dependent"): Decider("track_running_stats", 4, False)
        for name in ("InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d")
    },
}
