"""Targets that carry a graph: a slip, or a residual-gradient method."""

from __future__ import annotations

from torchlint.facts.answer import Answer
from torchlint.intent.naming import say
from torchlint.intent.place import Place
from torchlint.knowledge.purposes import RESIDUAL_WORDS


def lets_gradients_through(place: Place) -> Answer:
    """Whether a function, a class or a condition around the loss says that the target is to be trained as well."""
    return Answer.of(say(place.functions_named | place.owners | place.conditions, RESIDUAL_WORDS))
