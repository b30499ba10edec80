"""Those who look at the numbers of a run: one observer for each kind, over one knowledge of whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torchlint.live.health.activity import ActivityObserver
from torchlint.live.health.features import FeatureObserver
from torchlint.live.health.finiteness import FinitenessObserver
from torchlint.live.health.holding import HoldingObserver
from torchlint.live.health.initial_loss import InitialLossObserver
from torchlint.live.health.norms import GradientObserver, with_norms
from torchlint.live.health.updates import UpdateObserver
from torchlint.live.health.whereabouts import Whereabouts
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
    whereabouts = Whereabouts(recorder, model)
    gradients = GradientObserver(recorder, whereabouts)
    return [
        whereabouts,
        gradients,
        FinitenessObserver(recorder, whereabouts, gradients),
        InitialLossObserver(recorder),
        ActivityObserver(recorder, whereabouts),
        UpdateObserver(recorder, whereabouts),
        FeatureObserver(whereabouts, loaders),
        HoldingObserver(whereabouts, layers),
    ]


__all__ = ["health_observers", "with_norms"]
