"""Functions and tensor methods: what range they give, and what they do to the graph."""

from __future__ import annotations

from torchlint.facts.layer import Range

ACTIVATIONS: dict[str, Range] = {
    "softmax": Range.PROBABILITIES,
    "softmin": Range.PROBABILITIES,
    # Its samples are noisy: each sums to one, but no log-softmax gives their logarithm.
    "gumbel_softmax": Range.UNIT,
    "log_softmax": Range.LOG_PROBABILITIES,
    "sigmoid": Range.UNIT,
    "sigmoid_": Range.UNIT,
    "hardsigmoid": Range.UNIT,
    "expit": Range.UNIT,
    "ndtr": Range.UNIT,
    "logsigmoid": Range.LOG_UNIT,
    "log_ndtr": Range.LOG_UNIT,
    "relu": Range.NON_NEGATIVE,
    "relu_": Range.NON_NEGATIVE,
    "relu6": Range.NON_NEGATIVE,
    "softplus": Range.NON_NEGATIVE,
    **dict.fromkeys("elu elu_ celu celu_ selu selu_ gelu silu mish hardswish".split(), Range.HARDLY_NEGATIVE),
    "tanh": Range.SIGNED_UNIT,
    "tanh_": Range.SIGNED_UNIT,
    "hardtanh": Range.SIGNED_UNIT,
    "hardtanh_": Range.SIGNED_UNIT,
    "softsign": Range.SIGNED_UNIT,
}
WEIGHTED = frozenset("linear bilinear conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d".split())
"""Functions that are given their weights."""
UNBOUND = frozenset("batch_norm layer_norm group_norm instance_norm leaky_relu leaky_relu_ prelu".split())
"""Functions whose result has the shape of what goes in, and is bound to no range."""
LOGARITHMS = frozenset(("log", "log_"))
LOGARITHM_OF: dict[Range, Range] = {Range.PROBABILITIES: Range.LOG_PROBABILITIES, Range.UNIT: Range.LOG_UNIT}
"""The range of the logarithm, where it is known."""
JOINS = frozenset("cat concat concatenate stack hstack vstack".split())
"""Functions that put tensors together: the range stays where all have the same."""
GUESSES_DIMENSION: dict[str, int] = {"softmax": 1, "log_softmax": 1, "softmin": 1}
"""Functions of torch.nn.functional that guess a `dim` which they are not given, and the position of that argument."""
ROUNDING = frozenset(("round", "round_"))
COMPARISONS = frozenset("gt greater ge greater_equal lt less le less_equal".split())
"""Functions and methods that compare a tensor with a number."""
# alpha_dropout and feature_alpha_dropout take `training` too, but it is off by default.
DROPOUTS = frozenset("dropout dropout1d dropout2d dropout3d".split())
KEEPS_RANGE = frozenset(
    "view view_as reshape reshape_as flatten unflatten ravel squeeze squeeze_ unsqueeze "
    "unsqueeze_ permute transpose transpose_ t movedim moveaxis swapaxes swapdims contiguous "
    "expand expand_as broadcast_to repeat tile flip roll chunk split unbind narrow select "
    "index_select gather masked_select take_along_dim clone to type type_as cuda cpu float half double "
    "bfloat16 pin_memory requires_grad_ retain_grad".split()
)
VIEWS = frozenset(("view", "reshape"))
"""Those of them that read the values in the order of memory, in other sizes."""
CHOOSES = frozenset("index_select gather masked_select take_along_dim".split())
"""Those of them that choose values by other values."""
DETACHES = frozenset(("detach", "detach_"))
LEAVES_TORCH = frozenset("item numpy tolist".split())
"""Methods of a tensor that give numbers of Python or an array of NumPy."""
CUTS_GRAPH = DETACHES | LEAVES_TORCH
READS = LEAVES_TORCH | frozenset("cpu __repr__ __format__".split())
"""Methods of a tensor for which the host waits until the device has computed it."""
TAKES_NUMBERS = frozenset("tensor as_tensor from_numpy full full_like fill_".split())
"""Functions and methods that make or fill a tensor with numbers from outside torch."""
TYPED = frozenset(
    "Tensor FloatTensor DoubleTensor HalfTensor BFloat16Tensor LongTensor IntTensor ShortTensor ByteTensor CharTensor "
    "BoolTensor".split()
)
"""The types of tensors, called to make one of numbers: of torch and of `torch.cuda`."""
NO_TENSOR = frozenset(
    "device Generator finfo iinfo Size get_device get_default_device get_default_dtype current_accelerator "
    "current_device device_count is_available is_initialized get_rank get_world_size get_device_name "
    "get_device_capability get_device_properties memory_allocated max_memory_allocated memory_reserved Event Stream "
    "current_stream synchronize get_num_threads initial_seed get_rng_state".split()
)
"""Functions and classes of torch that give no tensor, though they stand where those do that give one."""
PACKS = frozenset(("torch.nn.utils.rnn.pack_padded_sequence", "torch.nn.utils.rnn.pack_sequence"))
"""Functions that give a PackedSequence."""
SAME_TENSOR = frozenset(
    "contiguous clone to type type_as cuda cpu float half double bfloat16 pin_memory requires_grad_ retain_grad".split()
)
"""Those of them that leave the shape alone, too."""
ELEMENTWISE = frozenset(
    "sin cos tan exp expm1 log1p sqrt rsqrt square abs neg sign pow clamp clip add sub mul div".split()
)
ARITHMETIC: dict[str, str] = {
    **dict.fromkeys(("add",), "+"),
    **dict.fromkeys(("sub", "sub_"), "-"),
    **dict.fromkeys(("mul", "mul_"), "*"),
    **dict.fromkeys(("div", "div_", "true_divide"), "/"),
}
"""Methods of tensors that do what an operator does."""
DISCRETE = frozenset(
    "eq ne gt ge lt le not_equal greater greater_equal less less_equal isclose isnan isfinite logical_and logical_or "
    "logical_not argmax argmin argsort bincount count_nonzero nonzero bool byte short int long".split()
)
"""Functions and tensor methods that give whole numbers or truth values, through which no gradient goes."""
WHOLE_TYPES = frozenset("byte short int long".split())
"""Those of them that change the type alone."""
STEP_FUNCTIONS = DISCRETE | frozenset(
    "argwhere searchsorted bucketize unique sign round floor ceil isinf multinomial bernoulli".split()
)
"""These, and those that give steps, or draws: no gradient flows through, or none but zero."""
FETCHES = frozenset("item tolist cpu numpy".split())
"""Methods of tensors that need its values on the host at once."""
SAY_WHAT_IT_IS = frozenset("shape device dtype ndim requires_grad is_cuda".split())
"""Attributes of tensors by which it is asked what it is like, and not what is in it."""
SIZES = frozenset("dim ndimension numel nelement".split())
"""Methods that say how large a tensor is, in one number."""
ASKED_FOR_SIZE = SIZES | frozenset("size stride type device is_contiguous".split())
"""Methods by which it is asked what a tensor is like, and not what is in it."""
REDUCTIONS = frozenset("sum mean amax amin prod nansum nanmean".split())
"""Functions and methods that make one number of many, over all dimensions or over those that are given first."""
COPIES = frozenset("torch.tensor".split())
"""Functions that copy the values of a tensor, or of several, and leave their graph behind."""
NEW_TENSOR = frozenset(
    "tensor as_tensor from_numpy zeros ones empty full eye arange linspace logspace rand randn "
    "randint randperm normal zeros_like ones_like empty_like full_like rand_like randn_like "
    "randint_like".split()
)
"""Functions of torch that make a tensor which nothing was computed for: no graph leads through it."""
NEW_BESIDE = frozenset("new new_zeros new_ones new_full new_empty".split())
"""Methods of a tensor that make a new one of its type, with none of its values."""
OF_ARRAYS = frozenset("from_numpy as_tensor asarray frombuffer from_dlpack".split())
"""Those of them that take over values which stand elsewhere."""
UNFILLED = frozenset("empty empty_like empty_strided new_empty".split())
"""Functions and methods that make a tensor of whatever was in memory."""
TYPED_TENSORS = frozenset("Tensor FloatTensor DoubleTensor HalfTensor BFloat16Tensor".split())
"""Classes of old that make such a tensor where they are given sizes, and one of values where they are given values."""
KEEPS_VALUES = frozenset("requires_grad_ share_memory_ detach_ squeeze_ unsqueeze_ transpose_ t_ swapaxes_".split())
"""Methods in place that leave the values of a tensor as they are."""
FILLS_AS_OF_OLD = frozenset(
    "uniform normal constant eye dirac xavier_uniform xavier_normal kaiming_uniform kaiming_normal orthogonal".split()
)
"""Functions of `torch.nn.init` that fill what they are given, by the names of old, without an underscore."""
IN_PLACE: dict[str, int] = {
    **dict.fromkeys("relu relu6 selu hardswish hardsigmoid silu mish".split(), 1),
    **dict.fromkeys("leaky_relu elu celu".split(), 2),
    **dict.fromkeys("hardtanh threshold dropout dropout1d dropout2d dropout3d".split(), 3),
    "rrelu": 4,
}
"""Functions that change what they are given where `inplace` says so, with the position of that argument."""
ALWAYS_IN_PLACE = frozenset("relu_ leaky_relu_ elu_ celu_ selu_ rrelu_ hardtanh_ threshold_".split())
"""Those that always do."""
KEEPS_NON_NEGATIVE = frozenset("relu leakyrelu elu celu rrelu".split())
"""Activations that leave values of at least 0 as they are, without underscores and capitals."""
LIKE_ANOTHER = frozenset("zeros_like ones_like empty_like full_like rand_like randn_like randint_like".split())
RANGES = frozenset("arange linspace logspace randperm".split())
"""Those of them that make one dimension, of numbers that are counted up or drawn."""
SIZED_BY_LIST: dict[str, int] = {"full": 0, "normal": 2, "randint": -1}
"""Those of them that take their size as one list, and the position where it stands; -1 is the last that is given."""
UNSIZED = frozenset("tensor as_tensor from_numpy eye".split())
"""Those of them that are given values, or the numbers of rows and columns."""
