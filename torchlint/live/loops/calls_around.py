"""Records the calls around the training step: modes, schedulers, seeds, loaded weights, built optimizers, reads."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from torchlint.facts.answer import Answer
from torchlint.facts.event import BuildOptimizer, Event, ModeArgument, Schedule, Seed, SetEpoch, SwitchMode
from torchlint.live.loops.backwards import gradients_returned
from torchlint.live.loops.forwards import Forwards
from torchlint.live.loops.rebuilt_optimizers import Optimizers
from torchlint.live.loops.recorded import Read, Recorded
from torchlint.live.objects.gradients import Gradients
from torchlint.live.objects.identity import Identities
from torchlint.live.objects.layers import Layers
from torchlint.live.objects.loaders import Loaders
from torchlint.live.objects.schedules import Schedules
from torchlint.live.stream.events import (
    EpochSet,
    GradientsReturned,
    ModeSwitched,
    OptimizerInitEnded,
    SchedulerStepped,
    Seeded,
    TensorRead,
    WeightsLoaded,
)
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here
from torchlint.live.stream.trace import Trace


class CallsAround(Observer):
    """Records in the trace what happens beside the forward pass, the backward pass and the step."""

    skips_repeats = True

    def __init__(
        self,
        trace: Trace[Recorded],
        identities: Identities,
        layers: Layers,
        loaders: Loaders,
        schedules: Schedules,
        forwards: Forwards,
        gradients: Gradients,
        optimizers: Optimizers,
    ) -> None:
        self._trace = trace
        self._identities = identities
        self._layers = layers
        self._loaders = loaders
        self._schedules = schedules
        self._forwards = forwards
        self._gradients = gradients
        self._optimizers = optimizers

    @on(SchedulerStepped)
    def scheduler_stepped(self, event: SchedulerStepped, here: Here) -> None:
        """A scheduler steps."""
        scheduler, metric, epoch = event.scheduler, event.metric, event.epoch
        optimizer = getattr(scheduler, "optimizer", None)
        number = None if optimizer is None else self._identities.number(optimizer)
        name = type(scheduler).__name__

        def make() -> Schedule:
            return Schedule(
                site=here(),
                via=here.via,
                scheduler=name,
                optimizer=number,
                metric=Answer.of(metric),
                epoch_given=Answer.of(epoch),
                ahead=Answer.of(optimizer is None or not self._gradients.has_stepped(optimizer)),
                cadence=self._schedules.cadence(scheduler, self._loaders.lengths()),
            )

        self._record((Schedule, self._identities.number(scheduler), metric, epoch), here, make)

    @on(ModeSwitched)
    def mode_switched(self, event: ModeSwitched, here: Here) -> None:
        """A model is put in a mode."""
        module, training = event.module, event.training
        self._forwards.switch(module, training, here)
        number = self._identities.number(module)

        def make() -> SwitchMode:
            return SwitchMode(
                site=here(),
                via=here.via,
                model=self._layers.layer(module),
                argument=ModeArgument.FLAG,
            )

        self._record((SwitchMode, number, training), here, make)

    @on(GradientsReturned)
    def gradients_returned(self, event: GradientsReturned, here: Here) -> None:
        """Gradients are computed for whoever asks, and no `.grad` changes."""
        self._record(GradientsReturned, here, lambda: gradients_returned(here))

    @on(Seeded)
    def seeded(self, event: Seeded, here: Here) -> None:
        """Random numbers are seeded."""
        self._record(Seed, here, lambda: Seed(site=here(), via=here.via))

    @on(TensorRead)
    def tensor_read(self, event: TensorRead, here: Here) -> None:
        """The value of a tensor is asked for; those of a batch are there already."""
        call = event.call
        if not self._loaders.gave(event.tensor):
            self._trace.record((Read, call), here.chain, lambda: Read(call, here(), here.via))

    @on(EpochSet)
    def epoch_set(self, event: EpochSet, here: Here) -> None:
        """A sampler gets the number of the epoch."""
        self._record(SetEpoch, here, lambda: SetEpoch(site=here(), via=here.via))

    @on(WeightsLoaded)
    def weights_loaded(self, event: WeightsLoaded, here: Here) -> None:
        """Weights are loaded: what comes is another experiment."""
        self._optimizers.loaded()

    @on(OptimizerInitEnded)
    def optimizer_init_ended(self, event: OptimizerInitEnded, here: Here) -> None:
        """An optimizer was built."""
        optimizer = event.optimizer
        self._gradients.know(optimizer)
        again, new = self._optimizers.built(optimizer, here.chain)

        def make() -> BuildOptimizer:
            return BuildOptimizer(
                site=here(),
                via=here.via,
                again=again,
                new_parameters=new,
            )

        self._record((BuildOptimizer, again, new), here, make)

    def _record(self, key: Hashable, here: Here, make: Callable[[], Event]) -> int:
        return self._trace.record(key, here.chain, make)
