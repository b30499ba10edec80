"""Dead units: inputs of weighted layers that are zero in every batch, at sampled steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd

from torchlint.facts.fact import Fact
from torchlint.facts.health import UnitActivity
from torchlint.facts.site import Site
from torchlint.live.health.registry import ModelRegistry
from torchlint.live.stream.events import ForwardStarted
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.recorder import Recorder

if TYPE_CHECKING:
    from torchlint.live.stream.places import Here

FEW = 32


@dataclass(slots=True)
class _Seen:
    """What was seen of the input of one layer: `silent` is True for each unit that was always zero."""

    site: Site
    module: str
    silent: Tensor
    batches: int = 1


class ActivityObserver(Observer):
    """Finds the input units of `Linear` and convolutions that are zero in every batch (dead ReLUs).

    Only inputs that have a gradient count: they are made by trained layers. The raw input may well hold zeros.
    What is looked at is the input of the next layer, for activations are functions as often as layers.
    """

    def __init__(self, recorder: Recorder, registry: ModelRegistry) -> None:
        self._recorder = recorder
        self._registry = registry
        self._seen: WeakKeyDictionary[nn.Module, _Seen] = WeakKeyDictionary()
        self._all: list[_Seen] = []  # They are wanted when their layers are gone.

    @on(ForwardStarted)
    def forward_started(self, event: ForwardStarted, here: Here) -> None:
        """Look at what comes in to a weighted layer that is being trained."""
        module, inputs = event.module, event.inputs
        if not isinstance(module, (nn.Linear, _ConvNd)) or not module.training or not torch.is_grad_enabled():
            return
        given = inputs[0] if inputs else None
        if not isinstance(given, Tensor) or not given.requires_grad or given.dim() < 2 or given.is_meta:
            return
        if given.layout is not torch.strided or not given.numel():
            return
        silent = _silent_units(given.detach(), 1 if isinstance(module, _ConvNd) else given.dim() - 1)
        seen = self._seen.get(module)
        if seen is None or seen.silent.shape != silent.shape:
            seen = _Seen(self._registry.site(module, here()), self._registry.called(module), silent)
            self._seen[module] = seen
            self._all.append(seen)
        else:
            seen.silent = seen.silent & silent
            seen.batches += 1

    def finish(self) -> Iterable[Fact]:
        """How many units of each layer's input were never anything but zero."""
        for seen in self._all:
            yield UnitActivity(
                site=seen.site,
                module=seen.module,
                units=seen.silent.numel(),
                silent=int(seen.silent.sum()),
                batches=seen.batches,
            )


def _silent_units(given: Tensor, dimension: int) -> Tensor:
    """Which units are zero throughout."""
    if given.device.type != "cpu":
        return _zero_throughout(given, dimension)  # To ask which ones are worth a look is to wait for the device.
    # In the first samples most units are seen not to be; only the others are looked at in all.
    silent = _zero_throughout(given[: 1 if given.dim() > 2 else FEW], dimension)
    if silent.any():
        left = silent.nonzero().flatten()
        silent[left] = _zero_throughout(given.index_select(dimension, left), dimension)
    return silent


def _zero_throughout(given: Tensor, dimension: int) -> Tensor:
    others = [each for each in range(given.dim()) if each != dimension]
    return (given.amax(others) == 0) & (given.amin(others) == 0)
