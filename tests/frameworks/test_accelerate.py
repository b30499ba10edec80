"""Accelerate: the user's own loop, over loaders, models and optimizers that it has wrapped."""

import pytest

from ..live.conftest import WatchRun

PREPARED = """
import torch
from accelerate import Accelerator
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
accelerator = Accelerator(cpu=True, gradient_accumulation_steps=ACCUMULATED)
model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 3))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
data = TensorDataset(torch.randn(128, 8), torch.randint(0, 3, (128,)))
loader = DataLoader(data, batch_size=16, shuffle=SHUFFLED)
val_loader = DataLoader(TensorDataset(torch.randn(32, 8), torch.randint(0, 3, (32,))), batch_size=16)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10)
model, optimizer, loader, val_loader, scheduler = accelerator.prepare(
    model, optimizer, loader, val_loader, scheduler
)
for epoch in range(2):
    model.train()
    for x, y in loader:
        with accelerator.accumulate(model):
            loss = nn.functional.cross_entropy(model(x), y)
            accelerator.backward(loss)
            if accelerator.sync_gradients:
                accelerator.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
            CLEARED
    model.eval()
    with torch.no_grad():
        for x, y in val_loader:
            predictions = accelerator.gather_for_metrics(model(x).argmax(1))
"""


def script(accumulated: int = 1, shuffled: bool = True, cleared: str = "optimizer.zero_grad()") -> str:
    filled = PREPARED.replace("ACCUMULATED", str(accumulated)).replace("SHUFFLED", str(shuffled))
    return filled.replace("CLEARED", cleared)


@pytest.mark.parametrize("accumulated", [1, 4])
def test_a_loop_as_in_the_examples_is_silent(accumulated: int, watch_run: WatchRun) -> None:
    watched = watch_run(script(accumulated))
    assert (watched.places, watched.code) == ([], 0), watched.stdout + watched.stderr


def test_mistakes_around_wrapped_objects_are_found(watch_run: WatchRun) -> None:
    watched = watch_run(script(shuffled=False, cleared="pass"))
    assert {code for code, _, _ in watched.places} == {"TL204", "TL401"}, watched.stdout + watched.stderr
