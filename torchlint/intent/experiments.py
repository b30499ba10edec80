"""Loops of experiments: each iteration begins anew, with an optimizer of its own."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.intent.naming import say
from torchlint.intent.place import LoopAround
from torchlint.knowledge.purposes import REPEATING_WORDS

FARTHEST = 1
"""An optimizer that steps in more loops inside the one that builds it trains for whole epochs each time."""


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """An optimizer that each iteration of a loop builds anew for the same parameters.

    `conditional` says that it is built under a condition there, `loops_to_step` in how many loops inside it steps.
    """

    loop: LoopAround
    conditional: bool
    loops_to_step: int


def is_experiment(loop: LoopAround) -> bool:
    """Whether each iteration is a trial of its own, by the loop's variable or because it tries out what is listed."""
    return loop.over_list or say(loop.variables, REPEATING_WORDS)


def rebuilds_on_purpose(rebuilding: Rebuilding) -> Answer:
    """Whether an optimizer is new because an experiment, a task or a phase of training is.

    One that is built under a condition may begin a new phase; one that trains for epochs may belong to an experiment.
    """
    if is_experiment(rebuilding.loop):
        return Yes
    return Unknown if rebuilding.conditional or rebuilding.loops_to_step > FARTHEST else No
