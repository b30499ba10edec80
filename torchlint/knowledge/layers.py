"""The layers of torch.nn: what each holds and what it gives."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.layer import Range


@dataclass(frozen=True, slots=True)
class LayerKind:
    """A layer class; `output` None means that what comes out has the range of what went in.

    What holds only for some arguments is Unknown here, and `DECIDED_BY` may name the argument.
    """

    name: str
    parameters: Answer = No
    buffers: Answer = No
    mode_dependent: Answer = No
    recurrent: bool = False
    output: Range | None = None


@dataclass(frozen=True, slots=True)
class Decider:
    """The argument that decides a property: it is absent when the argument is `plain`."""

    keyword: str
    position: int | None
    plain: object
    default: object


def _kinds(
    names: str,
    output: Range | None = None,
    parameters: Answer = No,
    buffers: Answer = No,
    mode_dependent: Answer = No,
    recurrent: bool = False,
) -> tuple[LayerKind, ...]:
    return tuple(LayerKind(name, parameters, buffers, mode_dependent, recurrent, output) for name in names.split())


_BATCH_NORMS = "BatchNorm1d BatchNorm2d BatchNorm3d SyncBatchNorm"
_LAZY_BATCH_NORMS = "LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d"
_INSTANCE_NORMS = "InstanceNorm1d InstanceNorm2d InstanceNorm3d"
_LAZY_INSTANCE_NORMS = "LazyInstanceNorm1d LazyInstanceNorm2d LazyInstanceNorm3d"
_WEIGHTED = (
    "Linear Bilinear LazyLinear Embedding EmbeddingBag PReLU Conv1d Conv2d Conv3d ConvTranspose1d "
    "ConvTranspose2d ConvTranspose3d LazyConv1d LazyConv2d LazyConv3d LazyConvTranspose1d "
    "LazyConvTranspose2d LazyConvTranspose3d"
)
_TRANSFORMER_LAYERS = "TransformerDecoderLayer TransformerEncoderLayer"
_TRANSFORMERS = f"MultiheadAttention Transformer TransformerDecoder TransformerEncoder {_TRANSFORMER_LAYERS}"
_RESHAPES = "Identity Flatten Unflatten Unfold ChannelShuffle PixelShuffle PixelUnshuffle"
_POOLS = (
    "AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d "
    "AdaptiveMaxPool3d AvgPool1d AvgPool2d AvgPool3d FractionalMaxPool2d FractionalMaxPool3d MaxPool1d "
    "MaxPool2d MaxPool3d MaxUnpool1d MaxUnpool2d MaxUnpool3d Upsample UpsamplingBilinear2d "
    "UpsamplingNearest2d"
)
_PADS = (
    "CircularPad1d CircularPad2d CircularPad3d ReflectionPad1d ReflectionPad2d ReflectionPad3d "
    "ReplicationPad1d ReplicationPad2d ReplicationPad3d ZeroPad1d ZeroPad2d ZeroPad3d"
)
_NO_BOUNDS = "GLU Hardshrink LeakyReLU Softshrink Tanhshrink"
_SMOOTH = "CELU ELU GELU Hardswish Mish SELU SiLU"
_UNFORESEEN = "ConstantPad1d ConstantPad2d ConstantPad3d Fold LPPool1d LPPool2d LPPool3d Threshold"

_ALL = (
    *_kinds(_WEIGHTED, Range.RAW, parameters=Yes),
    *_kinds(f"{_BATCH_NORMS} {_LAZY_BATCH_NORMS}", Range.RAW, Unknown, Unknown, Yes),
    *_kinds(f"{_INSTANCE_NORMS} {_LAZY_INSTANCE_NORMS}", Range.RAW, Unknown, Unknown, Unknown),
    *_kinds("GroupNorm LayerNorm RMSNorm", Range.RAW, parameters=Unknown),
    *_kinds("CrossMapLRN2d LocalResponseNorm CosineSimilarity PairwiseDistance", Range.RAW),
    *_kinds("RNN LSTM GRU RNNBase", Range.RAW, parameters=Yes, mode_dependent=Unknown, recurrent=True),
    *_kinds("RNNCell LSTMCell GRUCell RNNCellBase", Range.RAW, parameters=Yes, recurrent=True),
    *_kinds(_TRANSFORMERS, Range.RAW, parameters=Yes, mode_dependent=Unknown),
    *_kinds("Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout", mode_dependent=Yes),
    *_kinds("RReLU", Range.RAW, mode_dependent=Yes),
    *_kinds(f"{_RESHAPES} {_POOLS} {_PADS}"),
    *_kinds(_NO_BOUNDS, Range.RAW),
    *_kinds(_SMOOTH, Range.HARDLY_NEGATIVE),
    *_kinds(_UNFORESEEN, Range.UNKNOWN),
    *_kinds("ReLU ReLU6 Softplus", Range.NON_NEGATIVE),
    *_kinds("Sigmoid Hardsigmoid", Range.UNIT),
    *_kinds("LogSigmoid", Range.LOG_UNIT),
    *_kinds("Softmax Softmax2d Softmin", Range.PROBABILITIES),
    *_kinds("LogSoftmax", Range.LOG_PROBABILITIES),
    *_kinds("Tanh Hardtanh Softsign", Range.SIGNED_UNIT),
    # What a container holds is decided by the layers in it.
    *_kinds("Module Container Sequential ModuleList ModuleDict DataParallel", Range.UNKNOWN),
    *_kinds("ParameterList ParameterDict", Range.UNKNOWN, parameters=Unknown),
    # Losses with weights of their own are trained like any layer.
    *_kinds("AdaptiveLogSoftmaxWithLoss LinearCrossEntropyLoss", Range.UNKNOWN, parameters=Yes),
)
STATE_PARTS: dict[str, tuple[str, ...]] = {"RNN": (".1",), "GRU": (".1",), "LSTM": (".1.0", ".1.1")}
"""Which parts of its output are the state that a recurrent layer ends in: its layers first, then its samples."""
LAYERS: dict[str, LayerKind] = {kind.name: kind for kind in _ALL}
KEEPS_SHAPE = frozenset(
    f"{_BATCH_NORMS} {_INSTANCE_NORMS} GroupNorm LayerNorm RMSNorm Identity Dropout Dropout1d Dropout2d Dropout3d "
    "AlphaDropout FeatureAlphaDropout RReLU CELU ELU GELU Hardshrink Hardswish LeakyReLU Mish PReLU SELU SiLU "
    "Softshrink Tanhshrink ReLU ReLU6 Softplus Sigmoid Hardsigmoid LogSigmoid Softmax Softmax2d Softmin LogSoftmax "
    "Tanh Hardtanh Softsign Threshold".split()
)
"""Layers whose result has the shape of what goes in."""
AVERAGES = frozenset("AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AvgPool1d AvgPool2d AvgPool3d".split())
"""Layers that average: what is spread over a map of activations, as NiN and SqueezeNet end, is a score again."""
GUESSES_DIMENSION: dict[str, int] = {"Softmax": 0, "LogSoftmax": 0, "Softmin": 0}
"""Layers that guess a `dim` which they are not given, and the position of that argument."""
BASES_THAT_USE_NO_LAYER = frozenset("Module LightningModule object ABC Generic".split())
"""Bases from outside a project that leave the layers of a class alone."""
BASES_WITHOUT_LAYERS = frozenset("object ABC Generic Protocol Enum NamedTuple".split())
"""Bases from outside a project that make no module of a class."""
HAND_OUT_PARAMETERS = frozenset("parameters named_parameters state_dict".split())
"""The methods by which a class that is no module gives away what is to be trained or saved."""
REACH_EVERY_LAYER = frozenset(
    "getattr __getattr__ __getattribute__ attrgetter children named_children _modules __dict__ vars eval exec "
    "get_submodule".split()
)
"""What a class mentions that reaches its layers otherwise than by their names."""
REACH_EVERY_MODULE = REACH_EVERY_LAYER | frozenset("modules named_modules".split())
"""The same, with what is also used to initialise every layer and nothing else."""
CONTAINERS = frozenset(("Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"))


BIAS: dict[str, int] = {
    "Linear": 2,
    "LazyLinear": 1,
    **{f"{kind}{dimensions}d": 7 for kind in ("Conv", "ConvTranspose") for dimensions in (1, 2, 3)},
    **{f"Lazy{kind}{dimensions}d": 6 for kind in ("Conv", "ConvTranspose") for dimensions in (1, 2, 3)},
}
"""The layers that add a bias unless an argument says not to, with the position of that argument."""
DROPOUTS = frozenset("Dropout Dropout1d Dropout2d Dropout3d".split())
"""The layers that set values to 0 and scale the others."""
ACTIVATIONS = frozenset(
    name for name, kind in LAYERS.items() if kind.output not in (None, Range.RAW, Range.UNKNOWN) and "Loss" not in name
)
"""The layers that bind their values to a range."""
FILE_OF_ACTIVATIONS = "torch/nn/modules/activation.py"
"""How the path ends of the file in which their `forward` stands."""
IN_PLACE: dict[str, int] = {
    **dict.fromkeys("ReLU ReLU6 SELU Hardswish Hardsigmoid SiLU Mish".split(), 0),
    **dict.fromkeys("LeakyReLU ELU CELU Dropout Dropout1d Dropout2d Dropout3d AlphaDropout".split(), 1),
    **dict.fromkeys("Hardtanh Threshold RReLU".split(), 2),
}
"""The layers that change what they are given where `inplace` says so, with the position of that argument."""
HOLD_IN_ORDER = frozenset(("Sequential", "ModuleList"))
"""The containers that may hold one layer several times."""
_DIMENSIONS = (1, 2, 3)
SIZES: dict[str, tuple[str, int]] = {
    "Linear": ("out_features", 1),
    "LazyLinear": ("out_features", 0),
    "Embedding": ("embedding_dim", 1),
}
"""The layers that give a last dimension of a size that they are told, with that argument and its position."""
CHANNELS: dict[str, tuple[str, int]] = {
    **{f"{kind}{count}d": ("out_channels", 1) for kind in ("Conv", "ConvTranspose") for count in _DIMENSIONS},
    **{f"Lazy{kind}{count}d": ("out_channels", 0) for kind in ("Conv", "ConvTranspose") for count in _DIMENSIONS},
}
"""The layers that give a number of channels, before the dimensions that their name counts."""
BATCH_NORMS = frozenset(f"{_BATCH_NORMS} {_LAZY_BATCH_NORMS}".split())
VISION_MODELS_WITH_BATCH_NORM = frozenset(
    (
        "resnet18 resnet34 resnet50 resnet101 resnet152 wide_resnet50_2 wide_resnet101_2 "
        "resnext50_32x4d resnext101_32x8d resnext101_64x4d vgg11_bn vgg13_bn vgg16_bn vgg19_bn "
        "densenet121 densenet161 densenet169 densenet201 googlenet inception_v3 "
        "mobilenet_v2 mobilenet_v3_small mobilenet_v3_large mnasnet0_5 mnasnet0_75 mnasnet1_0 mnasnet1_3 "
        "shufflenet_v2_x0_5 shufflenet_v2_x1_0 shufflenet_v2_x1_5 shufflenet_v2_x2_0 "
        "efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4 efficientnet_b5 "
        "efficientnet_b6 efficientnet_b7 efficientnet_v2_s efficientnet_v2_m efficientnet_v2_l"
    ).split()
)
"""The models of torchvision for classification that hold batch norm which follows the data."""
FREE_OF_DRIFT = frozenset("track_running_stats FrozenBatchNorm2d".split())
"""What a program mentions that handles the statistics of batch norm itself."""

BATCH_STATISTICS = frozenset("running_mean running_var num_batches_tracked reset_running_stats".split())
"""What a program mentions that sets or asks for the statistics of batch norm by itself."""
_FAMILIES_WITH_BATCH_NORM = tuple(
    "resnet resnext wide_resnet densenet googlenet inception_v3 mobilenet mnasnet shufflenet efficientnet_b "
    "efficientnet_v2 regnet".split()
)


def is_built_with_batch_norm(dotted: str) -> bool:
    """Whether a function of torchvision builds a model that holds batch norm, if it is given no other norm."""
    package, _, name = dotted.rpartition(".")
    return package.startswith("torchvision.models") and (
        name.startswith(_FAMILIES_WITH_BATCH_NORM) or (name.startswith("vgg") and name.endswith("_bn"))
    )


def _deciders(names: str, held: str, decider: Decider) -> dict[tuple[str, str], Decider]:
    return {(name, held): decider for name in names.split()}


DECIDED_BY: dict[tuple[str, str], Decider] = {
    **_deciders("LSTM GRU", "mode_dependent", Decider("dropout", 5, 0.0, 0.0)),
    **_deciders("RNN RNNBase", "mode_dependent", Decider("dropout", 6, 0.0, 0.0)),
    **_deciders("MultiheadAttention", "mode_dependent", Decider("dropout", 2, 0.0, 0.0)),
    **_deciders(_TRANSFORMER_LAYERS, "mode_dependent", Decider("dropout", 3, 0.0, 0.1)),
    **_deciders("Transformer", "mode_dependent", Decider("dropout", 5, 0.0, 0.1)),
    **_deciders(_INSTANCE_NORMS, "mode_dependent", Decider("track_running_stats", 4, False, False)),
    **_deciders(_LAZY_INSTANCE_NORMS, "mode_dependent", Decider("track_running_stats", 3, False, True)),
    **_deciders(_INSTANCE_NORMS, "buffers", Decider("track_running_stats", 4, False, False)),
    **_deciders(_LAZY_INSTANCE_NORMS, "buffers", Decider("track_running_stats", 3, False, True)),
    **_deciders(_INSTANCE_NORMS, "parameters", Decider("affine", 3, False, False)),
    # Unlike the others, the lazy ones are affine and tracked by default.
    **_deciders(_LAZY_INSTANCE_NORMS, "parameters", Decider("affine", 2, False, True)),
    **_deciders(_BATCH_NORMS, "parameters", Decider("affine", 3, False, True)),
    **_deciders(_LAZY_BATCH_NORMS, "parameters", Decider("affine", 2, False, True)),
    **_deciders(_BATCH_NORMS, "buffers", Decider("track_running_stats", 4, False, True)),
    **_deciders(_LAZY_BATCH_NORMS, "buffers", Decider("track_running_stats", 3, False, True)),
    **_deciders("GroupNorm", "parameters", Decider("affine", 3, False, True)),
    **_deciders("LayerNorm RMSNorm", "parameters", Decider("elementwise_affine", 2, False, True)),
}
