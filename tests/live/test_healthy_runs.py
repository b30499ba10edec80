"""Healthy runs of many kinds: nothing is found in them, and nothing of them changes, down to the last bit."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
import torch
from torch import Tensor

from torchlint.live.probing.first_batch import FirstBatchProbes
from torchlint.live.probing.shifted_targets import ShiftedTargets
from torchlint.live.stream.observer import Observer
from torchlint.live.stream.recorder import Recorder
from torchlint.live.watching import Watch

from .healthy import RUNS

pytestmark = pytest.mark.slow

NUMBERS = ("TL7", "TL403", "TL309")
"""The rules that look at numbers; TL710 is not on by default, and held to the same."""


def probed(recorder: Recorder) -> Iterable[Observer]:
    return [FirstBatchProbes(recorder), ShiftedTargets(recorder)]


def ending(name: str) -> tuple[list[Tensor], Tensor]:
    """What a run leaves: the state of its model, and that of the random numbers."""
    torch.set_num_threads(1)  # The models are tiny.
    torch.manual_seed(0)
    model = RUNS[name]()
    return list(model.state_dict().values()), torch.get_rng_state()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", RUNS)
def test_nothing_is_found_and_nothing_changes(name: str) -> None:
    bare, state = ending(name)
    watch = Watch(every=1, select=NUMBERS, also=probed)
    with watch:
        watched, watched_state = ending(name)
    assert watch.recorder.problems == []
    assert [(each.code, each.message) for each in watch.findings] == []
    assert all(torch.equal(one, other) for one, other in zip(bare, watched, strict=True))
    assert torch.equal(state, watched_state)
