"""The mean and standard deviation of the pixels of well-known datasets, as they were published."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of the training images, with pixels between 0 and 1: one number a channel. `source` is where they can be read."""

    mean: tuple[float, ...]
    std: tuple[float, ...]
    source: str


_COMPUTED = "https://github.com/sharc-lab/Rapid-INR/blob/main/mean_std.py"
PUBLISHED = {
    "MNIST": Statistics((0.1307,), (0.3081,), "https://github.com/pytorch/examples/blob/main/mnist/main.py"),
    "FashionMNIST": Statistics(
        (0.2860,),
        (0.3530,),
        "https://github.com/ContinualAI/avalanche/blob/master/avalanche/benchmarks/classic/cfashion_mnist.py",
    ),
    "CIFAR10": Statistics((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616), _COMPUTED),
    "CIFAR100": Statistics((0.5071, 0.4865, 0.4409), (0.2673, 0.2564, 0.2762), _COMPUTED),
    "ImageNet": Statistics(
        (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), "https://docs.pytorch.org/vision/stable/models.html"
    ),
}
"""By the class of torchvision that gives the images."""
