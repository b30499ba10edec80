"""Weights that are kept: those of a moment, or whatever the model comes to by the time that they are used."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, Unknown, Yes
from torchlint.intent.naming import say
from torchlint.knowledge.purposes import MOMENT_WORDS


@dataclass(frozen=True, slots=True)
class Keeping:
    """A model's weights that are kept under some `names`, and used after it was trained.

    `conditional` says that they are kept under a condition in a loop, `put_back` that they are loaded into the model
    whose they are.
    """

    names: frozenset[str]
    conditional: bool
    put_back: bool


def keeps_a_moment(keeping: Keeping) -> Answer:
    """Whether the weights are to stay as they were: who puts them back, chooses them or calls them so says it.

    What is kept once and for all may be meant to follow the model.
    """
    if keeping.put_back or keeping.conditional or say(keeping.names, MOMENT_WORDS):
        return Yes
    return Unknown
