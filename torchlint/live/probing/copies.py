"""Copies on which probes run, and the random state that they leave as it was."""

from __future__ import annotations

import copy
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from torchlint.knowledge.wrappers import SHARDED_PARAMETERS, SHARDS
from torchlint.live.stream.recorder import EXPERIMENT

Kept = TypeVar("Kept")
MOST_BYTES = 2 * 1024**3
"""What a probe that nobody asked for may copy."""


class NotProbed(Exception):
    """A model cannot be probed; the message says why."""


@contextmanager
def random_state_kept() -> Iterator[None]:
    """Leave every source of random numbers as it was: Python's, NumPy's if it is loaded, torch's on all devices."""
    python = random.getstate()
    numpy = sys.modules.get("numpy")
    numbers = numpy.random.get_state() if numpy is not None else None
    processor = torch.get_rng_state()
    devices = [(device, device.get_rng_state_all()) for device in _devices()]
    try:
        yield
    finally:
        random.setstate(python)
        if numpy is not None:
            numpy.random.set_state(numbers)
        torch.set_rng_state(processor)
        for device, states in devices:
            device.set_rng_state_all(states)


def _devices() -> list[Any]:
    """The kinds of accelerator in use that draw random numbers of their own."""
    kinds = [getattr(torch, name, None) for name in ("cuda", "xpu")]
    return [kind for kind in kinds if kind is not None and kind.is_available() and kind.is_initialized()]


@contextmanager
def hidden_from_watches() -> Iterator[None]:
    """What is run in here is an experiment of ours, and no watch that is open records it."""
    token = EXPERIMENT.set(EXPERIMENT.get() + 1)
    try:
        yield
    finally:
        EXPERIMENT.reset(token)


@contextmanager
def same_random_numbers() -> Iterator[None]:
    """Draw the same random numbers at every entry, and leave the state as it was."""
    with random_state_kept():
        random.seed(0)
        torch.manual_seed(0)
        numpy = sys.modules.get("numpy")
        if numpy is not None:
            numpy.random.seed(0)
        yield


def copied(model: nn.Module, optimizer: Kept) -> tuple[nn.Module, Kept]:
    """A model and its optimizer, copied together; raises NotProbed where they cannot be."""
    refusal = _refusal(model)
    if refusal:
        raise NotProbed(refusal)
    memo: dict[int, Any] = {}
    for module in model.modules():
        for held in vars(module).values():
            if isinstance(held, Tensor) and not held.is_leaf:
                # deepcopy refuses what a graph made: `Parameter(...).to(device)` kept on the module.
                memo[id(held)] = held.detach().clone().requires_grad_(held.requires_grad)
    try:
        twin = copy.deepcopy(model, memo)
        return twin, _optimizer_copied(optimizer, memo) if isinstance(optimizer, Optimizer) else optimizer
    except Exception as error:
        raise NotProbed(f"{type(model).__name__} cannot be copied ({_first_line(error)})") from error


def _optimizer_copied(optimizer: Any, memo: dict[int, Any]) -> Any:
    twin = copy.deepcopy(optimizer, memo)
    for name, value in vars(optimizer).items():
        # Optimizers leave out of their state what they can do without in a checkpoint, as LBFGS does.
        if name not in vars(twin) and not callable(value):
            setattr(twin, name, copy.deepcopy(value, memo))
    return twin


def _refusal(model: nn.Module) -> str:
    name = type(model).__name__
    if any(kind.__name__.startswith(SHARDS) for kind in type(model).__mro__):
        return f"{name} is sharded over processes"
    if any(type(each).__name__ in SHARDED_PARAMETERS for each in model.parameters()):
        return f"{name} is sharded over processes"
    distributed = torch.distributed.is_available() and torch.distributed.is_initialized()
    if distributed and any(isinstance(each, nn.SyncBatchNorm) for each in model.modules()):
        return f"{name} waits for other processes at every SyncBatchNorm"
    return ""


def too_large(model: nn.Module) -> bool:
    """Whether a copy of the model is more than a probe may make unasked."""
    return sum(each.numel() * each.element_size() for each in model.parameters()) > MOST_BYTES


def jitter(model: nn.Module, amount: float = 0.05) -> None:
    """Move every trainable parameter of a copy a little, so that layers which start at zero pass something on."""
    with torch.no_grad():
        for each in model.parameters():
            if each.is_floating_point() and each.layout is torch.strided and each.numel():
                spread = float(each.detach().float().std()) if each.numel() > 1 else 0.0
                each.add_(torch.randn_like(each) * amount * (spread if spread > 0 else 1.0))


def _first_line(error: BaseException) -> str:
    with suppress(Exception):
        return str(error).splitlines()[0][:120] or type(error).__name__
    return type(error).__name__
