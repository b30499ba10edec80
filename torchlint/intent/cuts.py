"""Cuts of the graph that are meant: stop-gradients, targets, teachers, frozen parts."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.intent.naming import say
from torchlint.intent.place import NO_NAMES, Place
from torchlint.knowledge.purposes import STOPPING_WORDS


@dataclass(frozen=True, slots=True)
class Cut:
    """A call in a model's `forward` that takes a tensor out of the graph.

    `names` are those of the tensor, of the result and of the model; `place` begins at the model's `forward`, for what
    calls the model says nothing about its parts. `guarded` says that the call stands under a condition or in a loop
    there. `layers` are the names of the layers before it.
    """

    names: frozenset[str]
    place: Place
    guarded: bool
    layers: frozenset[str] = NO_NAMES


def cuts_on_purpose(cut: Cut) -> Answer:
    """Whether a name says that no gradient is to go on there; Unknown where only some passes are cut."""
    if is_stopped_by_name(cut.names | cut.layers | cut.place.functions_named | cut.place.owners):
        return Yes
    return Unknown if cut.guarded else No


def is_stopped_by_name(names: frozenset[str]) -> bool:
    """Whether one of a thing's names says that no gradient is to reach it."""
    return say(names, STOPPING_WORDS)
