"""Layers that several places have in common on purpose."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer
from torchlint.intent.naming import say
from torchlint.intent.place import Place
from torchlint.knowledge.purposes import SHARING_WORDS


@dataclass(frozen=True, slots=True)
class RepeatedLayer:
    """A layer that a container holds several times.

    `names` are what it is called, `places` where it is built or put there again, as far as that was seen.
    `has_own_place` says that a module holds it beside the container.
    """

    names: frozenset[str]
    places: tuple[Place, ...]
    has_own_place: bool


def shares_on_purpose(layer: RepeatedLayer) -> Answer:
    """Whether its weights are to be shared: a name, a condition or a parameter says so, or it has a place of its own.

    A layer that is an attribute too (`self.norm`) is written down as one; `[nn.Linear(8, 8)] * 3` is a slip.
    """
    names = layer.names.union(*(place.conditions | place.parameters for place in layer.places))
    return Answer.of(layer.has_own_place or say(names, SHARING_WORDS))
