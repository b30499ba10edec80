"""Functions and tensor methods: what range they give, and what they do to the graph."""

from __future__ import annotations

from torchlint.facts.layer import Range

ACTIVATIONS: dict[str, Range] = {
    "softmax": Range.PROBABILITIES,
    "softmin": Range.PROBABILITIES,
    "gumbel_softmax": Range.PROBABILITIES,
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
    "tanh": Range.SIGNED_UNIT,
    "tanh_": Range.SIGNED_UNIT,
    "hardtanh": Range.SIGNED_UNIT,
    "hardtanh_": Range.SIGNED_UNIT,
    "softsign": Range.SIGNED_UNIT,
}
# alpha_dropout and feature_alpha_dropout take `training` too, but leave it off unless they are told.
DROPOUTS = frozenset("dropout dropout1d dropout2d dropout3d".split())
DROPOUTS_OFF_BY_DEFAULT = frozenset("alpha_dropout feature_alpha_dropout".split())
KEEPS_RANGE = frozenset(
    "view view_as reshape reshape_as flatten unflatten ravel squeeze squeeze_ unsqueeze "
    "unsqueeze_ permute transpose transpose_ t movedim moveaxis swapaxes swapdims contiguous "
    "expand expand_as broadcast_to repeat tile flip roll chunk split unbind narrow select "
    "index_select clone to type type_as cuda cpu float half double bfloat16 pin_memory "
    "requires_grad_ retain_grad".split()
)
CUTS_GRAPH = frozenset("detach detach_ item numpy tolist".split())
NEW_TENSOR = frozenset(
    "tensor as_tensor from_numpy zeros ones empty full eye arange linspace logspace rand randn "
    "randint randperm normal zeros_like ones_like empty_like full_like rand_like randn_like "
    "randint_like".split()
)
"""Functions of torch that make a tensor which nothing was computed for: no graph leads through it."""
