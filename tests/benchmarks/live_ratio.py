"""What watching a training run costs over the bare run, on the same model and steps.

By hand: `python tests/benchmarks/live_ratio.py [MODEL ...] [--rounds N]`. Each round runs the bare loop, the watched
loop and the loop watched at every step, each in a process of its own with one thread; the figures are medians over
the rounds of the main thread's CPU time, the first steps included.
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

import torch
from torch import Tensor, nn

from torchlint import live

GOALS = {"transformer": (1.02, 1.15), "cnn": (1.02, None), "tiny": (1.05, None)}
"""The goals for the default sampling and for `every=1`."""
STEPS = {"transformer": 40, "cnn": 300, "tiny": 1000}
WAYS = ("bare", "watched", "every step")


def transformer() -> tuple[nn.Module, Tensor, Tensor]:
    """Twelve layers of width 256 over batches of 32 sequences of 64."""
    layer = nn.TransformerEncoderLayer(256, 4, 1024, dropout=0.0, batch_first=True)
    model = nn.Sequential(nn.Embedding(1000, 256), nn.TransformerEncoder(layer, 12), nn.Linear(256, 1000))
    return model, torch.randint(0, 1000, (32, 64)), torch.randint(0, 1000, (32, 64))


def cnn() -> tuple[nn.Module, Tensor, Tensor]:
    """Three convolutions over batches of 64 images of 32 by 32."""
    return _convolutions(16, 32), torch.randn(64, 3, 32, 32), torch.randint(0, 10, (64,))


def tiny() -> tuple[nn.Module, Tensor, Tensor]:
    """The same, narrower, over batches of 8 images of 16 by 16."""
    return _convolutions(8, 16), torch.randn(8, 3, 16, 16), torch.randint(0, 10, (8,))


def _convolutions(first: int, then: int) -> nn.Module:
    return nn.Sequential(
        *(nn.Conv2d(3, first, 3, padding=1), nn.BatchNorm2d(first), nn.ReLU()),
        *(nn.Conv2d(first, then, 3, stride=2, padding=1), nn.BatchNorm2d(then), nn.ReLU()),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(then, 10)),
    )


Model = Callable[[], tuple[nn.Module, Tensor, Tensor]]
MODELS: dict[str, Model] = {
    "transformer": transformer,
    "cnn": cnn,
    "tiny": tiny,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", choices=[*MODELS, []], help="which models, all by default")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--once", nargs=2, metavar=("MODEL", "WAY"), help="one run, in seconds (used by the rounds)")
    options = parser.parse_args()
    if options.once:
        print(seconds(*options.once))
        return
    for name in options.models or MODELS:
        rounds = [[one_run(name, way) for way in WAYS] for _ in range(options.rounds)]
        ratios = [median(round_[index] / round_[0] for round_ in rounds) for index in (1, 2)]
        step = median(round_[0] for round_ in rounds) / STEPS[name]
        default, every = GOALS[name]
        print(f"{name:<12} {step * 1000:7.2f} ms a step; watched {ratios[0]:.3f} (goal {default})", end="")
        print(f", at every step {ratios[1]:.3f}" + (f" (goal {every})" if every else ""))


def one_run(name: str, way: str) -> float:
    """The CPU seconds of a fresh process for its steps."""
    done = subprocess.run([sys.executable, __file__, "--once", name, way], capture_output=True, text=True, check=True)
    return float(done.stdout)


def seconds(name: str, way: str) -> float:
    """Train, watched or not, and tell what the steps cost this thread."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model, inputs, targets = MODELS[name]()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    watching = {"bare": contextlib.nullcontext, "watched": live.watch, "every step": lambda: live.watch(every=1)}[way]
    with watching():
        for step in range(STEPS[name] + 3):
            if step == 3:
                began = time.thread_time()
            loss = nn.functional.cross_entropy(model(inputs).flatten(0, -2), targets.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return time.thread_time() - began


if __name__ == "__main__":
    main()
