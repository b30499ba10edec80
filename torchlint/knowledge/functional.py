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
    "logsigmoid": Range.LOG_UNIT,
    "relu": Range.NON_NEGATIVE,
    "relu_": Range.NON_NEGATIVE,
    "relu6": Range.NON_NEGATIVE,
    "softplus": Range.NON_NEGATIVE,
    "tanh": Range.SIGNED_UNIT,
    "hardtanh": Range.SIGNED_UNIT,
    "softsign": Range.SIGNED_UNIT,
}
DROPOUTS = frozenset("dropout dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout".split())
KEEPS_RANGE = frozenset(
    "view reshape squeeze unsqueeze flatten permute transpose contiguous to cuda cpu float half double bfloat16 clone "
    "type t view_as reshape_as expand expand_as requires_grad_ retain_grad chunk split unbind narrow".split()
)
CUTS_GRAPH = frozenset("detach detach_ item numpy tolist".split())
