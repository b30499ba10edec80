"""What watching a training run costs over the bare run, on the same model and steps.

By hand, on Linux: `python tests/benchmarks/live_ratio.py [MODEL ...] [--sets N] [--rounds N]`. The bare loop, the
watched loop and the loop watched at every step run in a process of their own each, on the same core and with one
thread, and take turns of a few steps, so that what else the machine does falls on all alike. A round is a whole
sampling period of each. The three processes are forks of one, for two that start by themselves differ in speed, by
where their memory lies, by more than what is measured; a set is some rounds of the same three. The figures are medians
over all rounds of the ratio of the main thread's CPU time, with the quartiles beside them. The first period, in which
the first steps are looked at closely, is told apart.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from statistics import median, quantiles

import torch
from torch import Tensor, nn

from torchlint import live

GOALS = {"transformer": (1.02, 1.15), "cnn": (1.02, None), "tiny": (1.05, None)}
"""The goals for the default sampling and for `every=1`."""
PERIOD = live.EVERY
TURN = 10
WAYS: dict[str, Callable[[], contextlib.AbstractContextManager[object]]] = {
    "bare": contextlib.nullcontext,
    "watched": live.watch,
    "every step": lambda: live.watch(every=1),
}
MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 32), "MALLOC_TRIM_THRESHOLD_": str(1 << 33)}
"""Memory that was freed is kept. Else it is chance which of the processes asks the system for it again and again."""


def transformer() -> tuple[nn.Module, Tensor, Tensor]:
    """Twelve layers of width 256 over batches of 32 sequences of 16: beside short ones, watching weighs more."""
    layer = nn.TransformerEncoderLayer(256, 4, 1024, dropout=0.0, batch_first=True)
    model = nn.Sequential(nn.Embedding(1000, 256), nn.TransformerEncoder(layer, 12), nn.Linear(256, 1000))
    return model, torch.randint(0, 1000, (32, 16)), torch.randint(0, 1000, (32, 16))


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
    parser.add_argument("--sets", type=int, default=10, help="how often the processes are started")
    parser.add_argument("--rounds", type=int, default=3, help="how many rounds those of one set take")
    options = parser.parse_args()
    prepare()
    for name in options.models or MODELS:
        sets = [measure(name, options.rounds + 1) for _ in range(options.sets)]
        rounds = [times for each in sets for times in each[1:]]
        print(f"{name}: {1000 * median(bare for bare, *_ in rounds) / PERIOD:.2f} ms a step")
        for index, (way, goal) in enumerate(zip([*WAYS][1:], GOALS[name], strict=True), 1):
            ratios = [times[index] / times[0] for times in rounds]
            low, middle, high = quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
            aim = "" if goal is None else f"; goal {goal}: {'met' if middle <= goal else 'missed'}"
            begun = median(each[0][index] / each[0][0] for each in sets)
            print(
                f"  {way:<10} {middle:.3f} ({low:.3f} to {high:.3f}{aim}); first {PERIOD} steps {begun:.3f}", flush=True
            )


def prepare() -> None:
    """Have everything loaded, on one core, with one thread, and memory as it is to be."""
    if not MEMORY.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **MEMORY})
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    torch.set_num_threads(1)
    with live.watch():
        pass


def measure(name: str, rounds: int) -> list[list[float]]:
    """The CPU seconds of each way's period, round by round; in each turn another way begins."""
    times = [[0.0] * len(WAYS) for _ in range(rounds)]
    fork = get_context("fork")
    loops: list[Connection] = []
    for way in WAYS:
        ours, theirs = fork.Pipe()
        fork.Process(target=take_turns, args=(theirs, name, way), daemon=True).start()
        loops.append(ours)
    for row in times:
        for number in range(PERIOD // TURN):
            for index in sorted(range(len(WAYS)), key=lambda index: (index + number) % len(WAYS)):
                loops[index].send(TURN)
                row[index] += loops[index].recv()
    for loop in loops:
        loop.send(0)
    return times


def take_turns(asked: Connection, name: str, way: str) -> None:
    """Train as many steps as are asked for, watched or not, and tell what they cost this thread; until none are."""
    torch.manual_seed(0)
    model, inputs, targets = MODELS[name]()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)

    def train(steps: int) -> None:
        for _ in range(steps):
            loss = nn.functional.cross_entropy(model(inputs).flatten(0, -2), targets.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    train(3)  # Torch sets itself up.
    with WAYS[way]():
        while steps := asked.recv():
            began = time.thread_time()
            train(steps)
            asked.send(time.thread_time() - began)


if __name__ == "__main__":
    main()
