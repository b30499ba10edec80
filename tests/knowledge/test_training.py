"""What happens around the loss, held against torch."""

from __future__ import annotations

import importlib
import operator

import pytest
import torch

from torchlint.facts.answer import No, Unknown, Yes
from torchlint.knowledge.training import (
    CLIPPING,
    GRADIENT_SWITCHES,
    KEEP_IDENTITY,
    SEEDS,
)


def found(dotted: str) -> object:
    """What a dotted name of torch stands for."""
    module, _, name = dotted.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except ImportError:
        return operator.attrgetter(dotted.removeprefix("torch."))(torch)


# Each is kept for the torch in which it was the name.
GONE = {
    "torch.autograd.inference_mode",
    "torch.quantization.prepare_qat",
    "torch.distributed.fsdp.fully_shard",
    "torch.distributed._composable.fsdp.fully_shard",
}
OF_TORCH = sorted(name for name in {*GRADIENT_SWITCHES, *KEEP_IDENTITY, *SEEDS} - GONE if name.startswith("torch."))


@pytest.mark.parametrize("dotted", OF_TORCH)
def test_the_names_of_torch_exist(dotted: str) -> None:
    assert callable(found(dotted))


def test_every_way_to_clip_is_known() -> None:
    assert {name for name in dir(torch.nn.utils) if name.startswith("clip_grad") and name != "clip_grad"} <= CLIPPING


@pytest.mark.parametrize("dotted", sorted(GRADIENT_SWITCHES.keys() - GONE))
def test_what_a_switch_does_to_gradients(dotted: str) -> None:
    switch = found(dotted)
    assert callable(switch)
    if GRADIENT_SWITCHES[dotted] is Unknown:
        with switch(False):
            assert not torch.is_grad_enabled()
        with switch(True):
            assert torch.is_grad_enabled()
        return
    with torch.set_grad_enabled(GRADIENT_SWITCHES[dotted] is No), switch():
        assert torch.is_grad_enabled() is (GRADIENT_SWITCHES[dotted] is Yes)
