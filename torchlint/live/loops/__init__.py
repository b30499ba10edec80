"""Events folded into training iterations and evaluations: the observers that record them, over one trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torchlint.facts.event import Step
from torchlint.live.loops.averages import Averages
from torchlint.live.loops.backwards import Backwards
from torchlint.live.loops.calls_around import CallsAround
from torchlint.live.loops.cleared_optimizers import ClearedOptimizers
from torchlint.live.loops.fixed_models import FixedModels
from torchlint.live.loops.forwards import Forwards
from torchlint.live.loops.iterations import Iterations
from torchlint.live.loops.kept_losses import KeptLosses
from torchlint.live.loops.plateaus import Plateaus
from torchlint.live.loops.rebuilt_optimizers import Optimizers
from torchlint.live.loops.recorded import Recorded
from torchlint.live.loops.unstepped_schedulers import Schedulers
from torchlint.live.objects.gradients import Gradients
from torchlint.live.objects.identity import Identities
from torchlint.live.objects.layers import Layers
from torchlint.live.objects.loaders import Loaders
from torchlint.live.objects.loss_terms import LossTerms
from torchlint.live.objects.losses import Losses
from torchlint.live.objects.marks import LossMarks
from torchlint.live.objects.schedules import Schedules
from torchlint.live.stream.observer import Observer
from torchlint.live.stream.recorder import Recorder
from torchlint.live.stream.trace import Trace

if TYPE_CHECKING:
    from torch.optim import Optimizer


def loop_observers(
    recorder: Recorder,
    identities: Identities,
    layers: Layers,
    loaders: Loaders,
    losses: Losses,
    optimizer: Optimizer | None,
) -> list[Observer]:
    """All of them, in the order in which they get events; an optimizer that is named counts from the start."""
    trace: Trace[Recorded] = Trace(lambda event: isinstance(event, Step))
    marks, schedules = LossMarks(), Schedules()
    gradients, optimizers = Gradients(identities), Optimizers(identities)
    terms = LossTerms(identities, marks, gradients.known)
    averages = Averages(identities)
    forwards, backwards = Forwards(identities, layers, loaders, averages), Backwards(marks, terms, gradients.holds)
    if optimizer is not None:
        gradients.know(optimizer)
    return [
        schedules,
        averages,
        Iterations(recorder, identities, loaders, losses, trace, forwards, gradients, backwards, optimizers),
        ClearedOptimizers(trace, identities),
        FixedModels(trace, identities, forwards),
        CallsAround(trace, identities, layers, loaders, schedules, forwards, gradients, optimizers),
        KeptLosses(marks, recorder.places.files),
        Plateaus(),
        Schedulers(trace, identities),
    ]


__all__ = ["loop_observers"]
