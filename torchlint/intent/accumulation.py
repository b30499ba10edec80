"""Loops that gather the gradients of several batches for one step of the loop around them."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, Unknown, Yes
from torchlint.intent.naming import say
from torchlint.knowledge.purposes import ACCUMULATING_WORDS


@dataclass(frozen=True, slots=True)
class InnerLoop:
    """A loop that runs backward in every iteration and never steps.

    `names` stand in its header, `counts` says that it only counts, and `draws` that each iteration draws the next
    batch of a loader by hand.
    """

    names: frozenset[str]
    counts: bool
    draws: bool


def gathers(loop: InnerLoop) -> Answer:
    """Whether its iterations are batches of one step: it counts them, and draws each; or its header says so."""
    return Yes if loop.counts and (loop.draws or say(loop.names, ACCUMULATING_WORDS)) else Unknown
