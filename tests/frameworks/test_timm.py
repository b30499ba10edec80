"""timm's own way of training: mixup gives soft targets, and an average follows the weights."""

from ..live.conftest import WatchRun

MIXED = """
import timm
import torch
from timm.data import Mixup
from timm.loss import SoftTargetCrossEntropy
from timm.utils import ModelEmaV3
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
model = timm.create_model("resnet10t", num_classes=4, in_chans=3)
average = ModelEmaV3(model, decay=0.9)
mixup = Mixup(mixup_alpha=0.2, cutmix_alpha=0.0, num_classes=4)
data = TensorDataset(torch.randn(64, 3, 32, 32), torch.randint(0, 4, (64,)))
loader = DataLoader(data, batch_size=8, shuffle=True, drop_last=True)
val_loader = DataLoader(TensorDataset(torch.randn(16, 3, 32, 32), torch.randint(0, 4, (16,))), batch_size=8)
criterion = SoftTargetCrossEntropy()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
for epoch in range(2):
    model.train()
    for images, labels in loader:
        images, targets = mixup(images, labels)
        loss = criterion(OUTPUT, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        average.update(model)
    model.eval()
    with torch.no_grad():
        for images, labels in val_loader:
            print((average.module(images).argmax(1) == labels).float().mean().item())
"""


def test_mixup_and_an_average_are_silent(watch_run: WatchRun) -> None:
    watched = watch_run(MIXED.replace("OUTPUT", "model(images)"))
    assert (watched.places, watched.code) == ([], 0), watched.stdout + watched.stderr


def test_soft_targets_do_not_hide_a_softmax(watch_run: WatchRun) -> None:
    watched = watch_run(MIXED.replace("OUTPUT", "model(images).softmax(-1)"))
    assert {code for code, _, _ in watched.places} == {"TL501"}, watched.stdout + watched.stderr
