"""Checks on one batch: training is tried on what it can learn by heart, to see that it can learn at all."""

from __future__ import annotations

from dataclasses import dataclass, field

from torchlint.facts.answer import Answer, No, Yes
from torchlint.intent.naming import say
from torchlint.intent.place import NO_NAMES, Place
from torchlint.knowledge.purposes import CHECKING_WORDS


@dataclass(frozen=True, slots=True)
class DrawnBatch:
    """A batch that is drawn by hand: where, from a loader of which names, and whether it is the whole dataset.

    `trained_in` are the functions that train on it, where it is handed to others.
    """

    place: Place
    names: frozenset[str] = NO_NAMES
    whole: bool = False
    trained_in: Place = field(default_factory=Place)


def is_sanity_check(batch: DrawnBatch) -> Answer:
    """Whether one batch is meant: a function, the loader or a flag says so, or there is no more data than that."""
    names = batch.names | batch.place.functions_named | batch.place.conditions | batch.trained_in.functions_named
    return Yes if batch.whole or say(names, CHECKING_WORDS) else No
