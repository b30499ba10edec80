"""Lightning: the loop is its own, and calls the user's methods; it optimises by itself, or leaves that to them."""

import pytest

from ..live.conftest import WatchRun

MODULE = """
import lightning
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)


class Model(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.automatic_optimization = AUTOMATIC
        self.body = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(0.1))
        self.head = nn.Linear(16, 3)
        self.more = EXTRA

    def forward(self, x):
        hidden = self.body(x)CUT
        return self.head(hidden)

    def training_step(self, batch, index):
        x, y = batch
        loss = F.cross_entropy(self(x), y)
        if not self.automatic_optimization:
            optimizer = self.optimizers()
            optimizer.zero_grad()
            self.manual_backward(loss)
            optimizer.step()
        return loss

    def validation_step(self, batch, index):
        TRAIN
        x, y = batch
        self.log("val_loss", F.cross_entropy(self(x), y))

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-3)


def data(size):
    return TensorDataset(torch.randn(size, 8), torch.randint(0, 3, (size,)))


loader = DataLoader(data(128), batch_size=16, shuffle=SHUFFLED)
val_loader = DataLoader(data(32), batch_size=16)
silent = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False, "enable_model_summary": False}
trainer = lightning.Trainer(max_epochs=EPOCHS, accelerator="cpu", accumulate_grad_batches=ACCUMULATED, **silent)
trainer.fit(Model(), loader, val_loader)
"""
PLAIN = {
    "AUTOMATIC": "True",
    "EXTRA": "None",
    "CUT": "",
    "TRAIN": "pass",
    "SHUFFLED": "True",
    "EPOCHS": "2",
    "ACCUMULATED": "1",
}


def script(**changes: str) -> str:
    text = MODULE
    for name, value in {**PLAIN, **changes}.items():
        text = text.replace(name, value)
    return text


@pytest.mark.parametrize(
    "changes",
    [{}, {"EPOCHS": "1"}, {"ACCUMULATED": "3"}, {"AUTOMATIC": "False"}],
    ids=["automatic", "one epoch", "accumulating", "manual"],
)
def test_a_module_as_in_the_documentation_is_silent(changes: dict[str, str], watch_run: WatchRun) -> None:
    watched = watch_run(script(**changes))
    assert (watched.places, watched.code) == ([], 0), watched.stdout + watched.stderr


@pytest.mark.parametrize("automatic", ["True", "False"])
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"EXTRA": "nn.Linear(4, 4)"}, "TL113"),
        ({"TRAIN": "self.train()"}, "TL301"),
        ({"CUT": ".detach()"}, "TL112"),
        ({"SHUFFLED": "False"}, "TL401"),
        ({"SHUFFLED": "False", "EPOCHS": "1"}, "TL401"),
    ],
    ids=["unused layer", "train mode in validation", "cut in forward", "not shuffled", "not shuffled in one epoch"],
)
def test_mistakes_in_a_module_are_found(
    automatic: str, changes: dict[str, str], code: str, watch_run: WatchRun
) -> None:
    watched = watch_run(script(AUTOMATIC=automatic, **changes))
    assert code in {found for found, _, _ in watched.places}, watched.stdout + watched.stderr
