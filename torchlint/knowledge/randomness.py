"""Functions and operators of torch by which random numbers get into what a model computes."""

from __future__ import annotations

ATTENTION = frozenset("scaled_dot_product_attention multi_head_attention_forward rrelu".split())
"""Functions that draw if an argument says so, as dropout does."""
DRAWS_CHOICES = frozenset("randint randint_like randperm multinomial bernoulli poisson".split())
"""Functions that choose at random: one that does so has a reason to."""
ADDS = frozenset("add radd iadd sub rsub isub".split())
SCALES = frozenset("mul rmul imul div truediv itruediv multiply divide".split())
"""Names of operators, without the underscores around them."""
