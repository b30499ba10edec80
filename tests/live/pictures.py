"""Pictures in place of those that the datasets of torchvision read or download."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

COUNT = 96
CLASSES = 10


def put_in(torchvision: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the best known datasets hold a few smooth pictures; they apply their transforms as they always do."""
    datasets = torchvision.datasets

    def cifar(self: Any, root: str, train: bool = True, transform: Any = None, *rest: Any, **keywords: Any) -> None:
        datasets.VisionDataset.__init__(self, root, transform=transform, **_targets(rest, keywords))
        self.train, self.data = train, _pictures(32, 3).numpy()
        self.targets = _labels().tolist()

    def mnist(self: Any, root: str, train: bool = True, transform: Any = None, *rest: Any, **keywords: Any) -> None:
        datasets.VisionDataset.__init__(self, root, transform=transform, **_targets(rest, keywords))
        self.train, self.data, self.targets = train, _pictures(28, 1).squeeze(-1), _labels()

    def folder(self: Any, root: str, transform: Any = None, *rest: Any, **keywords: Any) -> None:
        datasets.VisionDataset.__init__(self, root, transform=transform, **_targets(rest, keywords))
        pictures = _pictures(64, 3)[:40]
        self.samples = self.imgs = [(str(index), index % 2) for index in range(len(pictures))]
        self.targets, self.classes = [label for _, label in self.samples], ["cat", "dog"]
        self.loader = lambda name: torchvision.transforms.ToPILImage()(pictures[int(name)].permute(2, 0, 1))

    for kind, init in ((datasets.CIFAR10, cifar), (datasets.MNIST, mnist), (datasets.ImageFolder, folder)):
        monkeypatch.setattr(kind, "__init__", init)


def _targets(rest: tuple[Any, ...], keywords: dict[str, Any]) -> dict[str, Any]:
    return {"target_transform": keywords.get("target_transform", rest[0] if rest else None)}


def _pictures(size: int, channels: int) -> Tensor:
    """Bytes of the shape (COUNT, size, size, channels)."""
    coarse = torch.rand(COUNT, channels, 4, 4, generator=torch.Generator().manual_seed(0))
    smooth = functional.interpolate(coarse, size=(size, size), mode="bilinear")
    return (smooth * 255).to(torch.uint8).permute(0, 2, 3, 1)


def _labels() -> Tensor:
    return torch.arange(COUNT) % CLASSES
