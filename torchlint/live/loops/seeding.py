"""Whether torch's random numbers were seeded when a loop began to train."""

from __future__ import annotations

from collections.abc import Iterable

import torch

from torchlint.facts.answer import Answer
from torchlint.facts.event import Seed
from torchlint.facts.run import TrainingEntry, TrainingIteration

CHOSEN_BELOW = 2**32
"""Seeds that people choose are small; torch draws its own from 53 bits."""


def entry_of(iteration: TrainingIteration, before: Iterable[object]) -> TrainingEntry:
    """How a training loop was reached, after so many events; a seed from before the watch shows in torch itself."""
    seeded = torch.initial_seed() < CHOSEN_BELOW or any(isinstance(each, Seed) for each in before)
    return TrainingEntry(site=iteration.site, via=iteration.via, seeded=Answer.of(seeded))
