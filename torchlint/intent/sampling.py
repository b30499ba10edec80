"""Random numbers that are drawn on purpose, in evaluation too: samplers, variational and Bayesian models."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Yes
from torchlint.intent.naming import say
from torchlint.knowledge.purposes import SAMPLING_WORDS


def samples_by_name(names: frozenset[str]) -> Answer:
    """Whether the functions or the classes of a model say that it samples."""
    return Yes if say(names, SAMPLING_WORDS) else No
