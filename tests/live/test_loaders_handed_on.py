"""Loaders that are given to a library, which trains with one of its own in their place."""

from pathlib import Path

import pytest

from .conftest import WatchRun

pytestmark = pytest.mark.slow

LIBRARY = """
from torch.utils.data import BatchSampler, DataLoader

def prepare(loader):
    return DataLoader(loader.dataset, batch_sampler=BatchSampler(loader.sampler, loader.batch_size, False))
"""
SCRIPT = """
import sys
sys.path.insert(0, "site-packages")
import torch
from preparing import prepare
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
data = TensorDataset(torch.randn(64, 4), torch.randint(0, 2, (64,)))
model = torch.nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
loader = DataLoader(data, batch_size=16{shuffle})
loader = prepare(loader)
for x, y in loader:
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
"""


def test_the_users_own_loader_is_judged_by_what_the_librarys_was_used_for(watch_run: WatchRun, tmp_path: Path) -> None:
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "preparing.py").write_text(LIBRARY)
    assert watch_run(SCRIPT.format(shuffle=""), "--no-probes").places == [("TL401", "train.py", 12)]
    assert watch_run(SCRIPT.format(shuffle=", shuffle=True"), "--no-probes").places == []
