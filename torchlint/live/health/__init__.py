"""The numbers of a run: one observer for each kind of them, and a registry of the models they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torchlint.live.health.activity import ActivityObserver
from torchlint.live.health.features import FeatureObserver
from torchlint.live.health.finiteness import FinitenessObserver
from torchlint.live.health.frozen_norms import FrozenNormObserver
from torchlint.live.health.initial_loss import InitialLossObserver
from torchlint.live.health.norms import GradientObserver, with_gradient_norms
from torchlint.live.health.registry import ModelRegistry
from torchlint.live.health.standstill import StandStillObserver
from torchlint.live.health.unheld_parameters import UnheldParametersObserver
from torchlint.live.health.unreached_parameters import UnreachedParametersObserver
from torchlint.live.health.updates import UpdateObserver
from torchlint.live.health.zero_rates import ZeroRateObserver
from torchlint.live.objects.layers import Layers
from torchlint.live.objects.loaders import Loaders
from torchlint.live.stream.observer import Observer
from torchlint.live.stream.recorder import Recorder

if TYPE_CHECKING:
    from torch.nn import Module


def health_observers(
    recorder: Recorder, layers: Layers, loaders: Loaders, model: Module | None = None
) -> list[Observer]:
    """All of them, in the order in which they get events."""
    registry = ModelRegistry(recorder, model)
    gradients = GradientObserver(recorder, registry)
    return [
        registry,
        gradients,
        FinitenessObserver(recorder, registry, gradients),
        InitialLossObserver(recorder),
        ActivityObserver(recorder, registry),
        UpdateObserver(recorder, registry),
        StandStillObserver(recorder),
        ZeroRateObserver(),
        FeatureObserver(registry, loaders),
        FrozenNormObserver(recorder, registry, layers),
        UnheldParametersObserver(registry, layers),
        UnreachedParametersObserver(recorder, registry, layers),
    ]


__all__ = ["health_observers", "with_gradient_norms"]
