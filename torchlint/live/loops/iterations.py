"""Records the calls that training iterations and evaluations are made of, in their order."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from inspect import CO_GENERATOR
from typing import TYPE_CHECKING
from weakref import ref

from torch.optim import Optimizer

from torchlint.facts.answer import Answer, No, Yes
from torchlint.facts.event import (
    Backward,
    Clear,
    Clip,
    Event,
    Forward,
    LossComputed,
    Scale,
    ScalerUpdate,
    Step,
    Unscale,
    WritesGradient,
)
from torchlint.facts.fact import Fact
from torchlint.facts.subject import ANYBODY, Subject
from torchlint.live.loops.backwards import Backwards, Start
from torchlint.live.loops.forwards import Forwards
from torchlint.live.loops.loop_facts import facts_of
from torchlint.live.loops.rebuilt_optimizers import Optimizers
from torchlint.live.loops.recorded import Drawn, Recorded
from torchlint.live.objects.gradients import GradientChange, Gradients, hooked
from torchlint.live.objects.identity import Identities
from torchlint.live.objects.loaders import Loaders
from torchlint.live.objects.losses import Losses
from torchlint.live.objects.tensors import tensors_in
from torchlint.live.stream.events import (
    BackwardEnded,
    BackwardStarted,
    BatchDrawn,
    ForwardEnded,
    ForwardStarted,
    GradientsCleared,
    GradientsClipped,
    GradientsUnscaled,
    LossCalled,
    LossScaled,
    ScalerStepEnded,
    ScalerStepStarted,
    ScalerUpdated,
    StepEnded,
    StepStarted,
)
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Chain, Here, spots_of
from torchlint.live.stream.recorder import Recorder
from torchlint.live.stream.trace import Trace
from torchlint.live.text.surroundings import draws_one_batch

if TYPE_CHECKING:
    from torch.nn import Module


class Iterations(Observer):
    """Records in the trace what a training step is made of: batches, forward and backward passes, losses, steps."""

    skips_repeats = True

    def __init__(
        self,
        recorder: Recorder,
        identities: Identities,
        loaders: Loaders,
        losses: Losses,
        trace: Trace[Recorded],
        forwards: Forwards,
        gradients: Gradients,
        backwards: Backwards,
        optimizers: Optimizers,
    ) -> None:
        self._recorder = recorder
        self._identities = identities
        self._loaders = loaders
        self._losses = losses
        self._trace = trace
        self._forwards = forwards
        self._gradients = gradients
        self._backwards = backwards
        self._optimizers = optimizers
        self._of_input = False
        self._pending: Start | None = None
        self._of_backward: Here | None = None
        self._scaler_steps = False
        self._fed_by_hand: dict[int, int] = {}
        self._inferred = False
        self._last_stepped: Callable[[], Optimizer | None] = lambda: None
        recorder.repeated.follow(trace, self._settled, self._resumed)

    @on(ForwardStarted)
    def forward_started(self, event: ForwardStarted, here: Here) -> None:
        """A model is run, if no other module runs it."""
        module, inputs = event.module, event.inputs
        if not self._forwards.enter(module):
            return
        self._backwards.model_ran()
        if any(each.requires_grad and each.is_leaf for each in tensors_in(inputs)):
            self._of_input = True
        key = self._forwards.key(module, inputs, here.chain)
        number = self._record((Forward, key), here, lambda: self._forwards.fact(module, key, here))
        if isinstance(key[-1], int):
            self._fed_by_hand[number] = key[-1]

    @on(ForwardEnded)
    def forward_ended(self, event: ForwardEnded, here: Here) -> None:
        """A module has run."""
        self._forwards.leave(event.module)

    @on(LossCalled)
    def loss_called(self, event: LossCalled, here: Here) -> None:
        """A loss is computed."""
        self._backwards.loss(event.arguments, event.value, here)
        self._losses.call(event.name, event.arguments, here)
        self._record((LossComputed, event.name), here, lambda: LossComputed(site=here(), via=here.via))

    @on(BackwardStarted)
    def backward_started(self, event: BackwardStarted, here: Here) -> None:
        """Changes of gradients that no call of torch made are recorded first."""
        self._forwards.reset()
        self._record_inferred(here)
        self._gradients.before()
        self._pending = self._backwards.start(event, here, self._recorder.places.files, of_input=self._of_input)
        self._of_backward = here.kept()
        self._of_input = False

    @on(BackwardEnded)
    def backward_ended(self, event: BackwardEnded, here: Here) -> None:
        """Backward ran: now it is known whose gradients it changed."""
        if self._pending is None:
            return
        start, subject = self._pending, self._gradients.after()
        place = self._of_backward or here
        self._trace.record((Backward, subject, start), place.chain, lambda: start.event(place, subject))
        if self._backwards.terms.wants_lines:
            self._recorder.record_lines(True)
        if self._recorder.sampled:
            for optimizer in self._gradients.known():
                if hooked(optimizer):
                    self._written(optimizer, here)

    @on(StepStarted)
    def step_started(self, event: StepStarted, here: Here) -> None:
        """An optimizer steps; a step that a scaler makes is recorded where the scaler is called."""
        optimizer = event.optimizer
        self._forwards.reset()
        self._gradients.know(optimizer)
        if self._scaler_steps:
            return
        self._record_inferred(here)
        if self._gradients.written(optimizer):
            self._written(optimizer, here)
        self._step(optimizer, here, scaler=No, closure=Answer.of(event.closure))
        self._trace.hold(here.chain)

    @on(StepEnded)
    def step_ended(self, event: StepEnded, here: Here) -> None:
        """It has stepped."""
        if not self._scaler_steps:
            self._trace.release()
        self._gradients.used(event.optimizer)
        self._last_stepped = ref(event.optimizer)

    @on(BatchDrawn)
    def batch_drawn(self, event: BatchDrawn, here: Here) -> None:
        """A batch is drawn, in the loop that asks for it."""
        self._forwards.reset()
        number = self._loaders.of(event.loader).number
        chain = _asked_from(here.chain)
        spots = spots_of(chain)
        by_hand = bool(spots) and draws_one_batch(spots[-1])
        draw = self._trace.record((Drawn, number), chain, lambda: Drawn(number, by_hand, spots))
        self._loaders.drawn(event.loader, event.batch, draw if by_hand else None)

    def _settled(self) -> bool:
        """Whether all that the last step was made of was emitted by hooks, and nothing had to be inferred."""
        settled, self._inferred = not self._inferred, False
        return settled

    def _resumed(self, between_steps: bool) -> None:
        """Steps were counted that were not traced: what was known of gradients is out of date."""
        self._forwards.reset()
        self._gradients.forget()
        stepped = self._last_stepped()
        if between_steps and stepped is not None:
            self._gradients.used(stepped)

    def finish(self) -> Iterable[Fact]:
        """Iterations and evaluations."""
        return facts_of(self._trace, self._loaders, self._fed_by_hand, self._recorder.places.files.page)

    def _record(self, key: Hashable, here: Here, make: Callable[[], Event]) -> int:
        return self._trace.record(key, here.chain, make)

    def _subject(self, owner: Optimizer | Module) -> Subject:
        if isinstance(owner, Optimizer):
            return self._identities.of_optimizer(owner)
        return self._identities.of_module(owner)

    @on(GradientsCleared)
    def gradients_cleared(self, event: GradientsCleared, here: Here) -> None:
        """`zero_grad` is called."""
        subject = self._subject(event.owner)
        if isinstance(event.owner, Optimizer):
            self._gradients.know(event.owner)
        self._gradients.changed(subject)
        self._record((Clear, subject), here, self._clear_at(here, subject))

    def _record_inferred(self, here: Here) -> None:
        for optimizer, change in self._gradients.unrecorded_changes(look=self._recorder.sampled):
            subject = self._identities.of_optimizer(optimizer)
            self._inferred = True
            if change is GradientChange.WRITTEN:
                self._written(optimizer, here)
            else:
                self._record((Clear, subject), here, self._clear_at(here, subject))

    def _clear_at(self, here: Here, subject: Subject) -> Callable[[], Clear]:
        holders = (each for each in self._gradients.known() if self._identities.of_optimizer(each).own & subject.own)
        holder = next((self._identities.number(each) for each in holders), None)
        return lambda: Clear(site=here(), via=here.via, subject=subject, optimizer=holder)

    def _written(self, optimizer: Optimizer, here: Here) -> None:
        self._inferred = True
        subject = self._identities.of_optimizer(optimizer)
        self._record(
            (WritesGradient, subject), here, lambda: WritesGradient(site=here(), via=here.via, subject=subject)
        )

    def _step(self, optimizer: Optimizer, here: Here, scaler: Answer, closure: Answer = No) -> None:
        number = self._identities.number(optimizer)
        self._optimizers.stepped(number, here.chain)

        def make() -> Step:
            return Step(
                site=here(),
                via=here.via,
                optimizer=number,
                subject=self._identities.of_optimizer(optimizer),
                closure=closure,
                scaler=scaler,
            )

        self._record((Step, number, scaler, closure), here, make)

    @on(GradientsClipped)
    def gradients_clipped(self, event: GradientsClipped, here: Here) -> None:
        """Gradients are clipped."""
        subject = self._identities.of_tensors(event.parameters) if event.parameters else ANYBODY
        self._gradients.changed(subject)
        self._record((Clip, subject), here, lambda: Clip(site=here(), via=here.via, subject=subject))

    @on(LossScaled)
    def loss_scaled(self, event: LossScaled, here: Here) -> None:
        """A loss is scaled."""
        if self._backwards.scale(event.loss, event.scaled):
            self._record(Scale, here, lambda: Scale(site=here(), via=here.via))

    @on(GradientsUnscaled)
    def gradients_unscaled(self, event: GradientsUnscaled, here: Here) -> None:
        """Gradients are unscaled."""
        subject = self._identities.of_optimizer(event.optimizer)
        self._gradients.changed(subject)
        self._record((Unscale, subject), here, lambda: Unscale(site=here(), via=here.via, subject=subject))

    @on(ScalerStepStarted)
    def scaler_step_started(self, event: ScalerStepStarted, here: Here) -> None:
        """A scaler makes an optimizer step, or leaves the step out."""
        self._gradients.know(event.optimizer)
        self._step(event.optimizer, here, scaler=Yes)
        self._scaler_steps = True

    @on(ScalerStepEnded)
    def scaler_step_ended(self, event: ScalerStepEnded, here: Here) -> None:
        """Optimizers step by themselves again."""
        self._scaler_steps = False

    @on(ScalerUpdated)
    def scaler_updated(self, event: ScalerUpdated, here: Here) -> None:
        """A scaler adapts its scale."""
        self._record(ScalerUpdate, here, lambda: ScalerUpdate(site=here(), via=here.via))


def _asked_from(chain: Chain) -> Chain:
    """A generator that hands batches on is asked for each: the loop is that of who asks."""
    for index, (_, spot) in enumerate(chain):
        if index and spot.code.co_flags & CO_GENERATOR and spot.code.co_name != "<genexpr>":
            return chain[:index]
    return chain
