"""Checkpoints from which a run resumes."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer
from torchlint.facts.fact import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint(Fact):
    """The weights of a model and the state of its optimizer, saved together: `site` is the call that saves them.

    `resumed` says whether the same program loads both and trains on. `not_saved` and `not_loaded` name the schedulers
    and scalers that step in its loops, and whose state is nowhere saved, or saved and nowhere loaded.
    """

    resumed: Answer
    not_saved: tuple[str, ...] = ()
    not_loaded: tuple[str, ...] = ()
