"""What is called in which order, as training iterations and evaluations."""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from inspect import CO_GENERATOR
from typing import TYPE_CHECKING, Any
from weakref import ref

from torchlint.facts.answer import Answer, No, Yes
from torchlint.facts.event import (
    Backward,
    BuildOptimizer,
    Clear,
    Clip,
    Event,
    LoadWeights,
    LossComputed,
    Scale,
    ScalerUpdate,
    Schedule,
    Seed,
    SetEpoch,
    Step,
    SwitchMode,
    Unscale,
    WritesGradient,
)
from torchlint.facts.fact import Fact
from torchlint.facts.site import Site
from torchlint.facts.subject import ANYBODY, Subject
from torchlint.live.loops.backwards import Backwards, Start
from torchlint.live.loops.forwards import Forwards
from torchlint.live.loops.rebuilt_optimizers import Optimizers
from torchlint.live.objects.gradients import Gradients, hooked
from torchlint.live.objects.identity import Identities
from torchlint.live.objects.layers import Layers
from torchlint.live.objects.loaders import Loaders
from torchlint.live.objects.losses import Losses
from torchlint.live.objects.marks import Marks
from torchlint.live.objects.schedules import Schedules
from torchlint.live.objects.tensors import tensors_in
from torchlint.live.stream.places import Chain, Here, Spot, spots_of
from torchlint.live.stream.recorder import Observer, Recorder
from torchlint.live.stream.trace import Trace

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module
    from torch.optim import Optimizer
    from torch.utils.data import DataLoader


@dataclass(frozen=True, slots=True)
class Drawn:
    """A batch of a loader was drawn: told of in facts about the loader, not among the events.

    `by_hand` says that it is the only one of its iterator: `next(iter(loader))`.
    """

    loader: int
    by_hand: bool
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """The value of a tensor was asked for that no loader gave: told of as a wait, not among the events."""

    call: str
    site: Site
    via: tuple[Site, ...]


Told = Event | Drawn | Read


class Iterations(Observer):
    """Listens to everything that has a place in an iteration."""

    rests = True

    def __init__(
        self,
        recorder: Recorder,
        identities: Identities,
        layers: Layers,
        loaders: Loaders,
        losses: Losses,
        marks: Marks,
    ) -> None:
        self._recorder = recorder
        self._identities = identities
        self._layers = layers
        self._loaders = loaders
        self._losses = losses
        self._forwards = Forwards(identities, layers, loaders)
        self._gradients = Gradients(identities)
        self._backwards = Backwards(marks, self._gradients.holds)
        self._of_input = False
        self._pending: tuple[Start, bool] | None = None
        self._of_backward: Here | None = None
        self._scaler_steps = False
        self._optimizers = Optimizers(identities)
        self._schedules = Schedules()
        self.fed_by_hand: dict[int, int] = {}
        self.trace: Trace[Told] = Trace()
        self._inferred = False
        self._last_stepped: Callable[[], Optimizer | None] = lambda: None
        recorder.refrain.follow(self.trace, self._settled, self._resumed)

    def know(self, model: Module | None, optimizer: Optimizer | None) -> None:
        """What is named when the watch begins."""
        if optimizer is not None:
            self._gradients.know(optimizer)

    def forward_before(self, module: Module, inputs: tuple[Any, ...], here: Here) -> None:
        """A model is run, if no other module runs it."""
        if not self._forwards.enter(module):
            return
        if any(each.requires_grad and each.is_leaf for each in tensors_in(inputs)):
            self._of_input = True
        key = self._forwards.key(module, inputs, here.chain)
        event = self._happen(("forward", key), here, lambda: self._forwards.fact(module, key, here))
        if isinstance(key[-1], int):
            self.fed_by_hand[event] = key[-1]

    def forward_after(self, module: Module, inputs: tuple[Any, ...], output: Any, here: Here) -> None:
        """A module has run."""
        self._forwards.leave(module)

    def loss_computed(self, name: str, arguments: dict[str, Any], value: Any, here: Here) -> None:
        """A loss is computed."""
        self._backwards.loss(arguments, value, here)
        call = self._losses.call(name, arguments, here)
        self._happen(("loss", name), here, lambda: LossComputed(site=here(), via=here.via, loss=call))

    def backward_before(self, tensors: tuple[Tensor, ...], here: Here) -> None:
        """Gradients that were cleared in a way of their own are told of first."""
        self._forwards.reset()
        self._tell_unseen(here)
        self._gradients.before()
        self._pending = self._backwards.start(tensors, here), self._of_input
        self._of_backward = here.kept()
        self._of_input = False

    def backward_after(self, here: Here) -> None:
        """Backward ran: now it is known whose gradients it changed."""
        if self._pending is None:
            return
        start, of_input = self._pending
        subject = self._gradients.after()
        place = self._of_backward or here

        def make() -> Backward:
            return Backward(
                site=place(),
                via=place.via,
                subject=subject,
                graph=start.graph,
                cut=start.cut,
                gradients=start.gradients,
                scaled=start.scaled,
                divided=start.divided,
                of_input=Answer.of(of_input),
            )

        self.trace.happen(("backward", subject, start, of_input), place.chain, make)
        if self._recorder.sampled:
            for optimizer in self._gradients.known():
                if hooked(optimizer):
                    self._written(optimizer, here)

    def step_before(self, optimizer: Optimizer, here: Here) -> None:
        """An optimizer steps; a step that a scaler makes is told of by the scaler."""
        self._forwards.reset()
        self._gradients.know(optimizer)
        if self._scaler_steps:
            return
        self._tell_unseen(here)
        if self._gradients.written(optimizer):
            self._written(optimizer, here)
        self._step(optimizer, here, scaler=No, closure=Answer.of(self._recorder.closure))
        self.trace.hold(here.chain)

    def step_after(self, optimizer: Optimizer, here: Here) -> None:
        """It has stepped."""
        if not self._scaler_steps:
            self.trace.release()
        self._gradients.used(optimizer)
        self._last_stepped = ref(optimizer)

    def batch(self, loader: DataLoader[Any], batch: Any, here: Here) -> None:
        """A batch is drawn, in the loop that asks for it."""
        self._forwards.reset()
        number = self._loaders.of(loader).number
        chain = _asked_from(here.chain)
        spots = spots_of(chain)
        by_hand = bool(spots) and _draws_one(spots[-1])
        event = self.trace.happen(("drawn", number), chain, lambda: Drawn(number, by_hand, spots))
        self._loaders.drawn(loader, batch, event if by_hand else None)

    def event(self, name: str, details: dict[str, Any], here: Here) -> None:
        """Everything else."""
        tell = getattr(self, f"_{name}", None)
        if tell is not None:
            tell(here, **details)

    def _settled(self) -> bool:
        """Whether all that the last step was made of was told by torch, and nothing had to be made out."""
        settled, self._inferred = not self._inferred, False
        return settled

    def _resumed(self, between_steps: bool) -> None:
        """Steps were counted that were not told: what was known of gradients is out of date."""
        self._forwards.reset()
        self._gradients.forget()
        stepped = self._last_stepped()
        if between_steps and stepped is not None:
            self._gradients.used(stepped)

    def finish(self) -> Iterable[Fact]:
        """Iterations, evaluations, and the loaders that they used."""
        from torchlint.live.loops.loop_facts import facts_of

        yield from facts_of(self.trace, self._loaders, self.fed_by_hand)
        yield from self._loaders.facts()

    def _happen(self, key: Hashable, here: Here, make: Callable[[], Event]) -> int:
        return self.trace.happen(key, here.chain, make)

    def _subject(self, of: Any) -> Subject:
        return self._identities.of_optimizer(of) if hasattr(of, "param_groups") else self._identities.of_module(of)

    def _clear(self, here: Here, of: Any) -> None:
        subject = self._subject(of)
        if hasattr(of, "param_groups"):
            self._gradients.know(of)
        self._gradients.changed(subject)
        self._happen(("clear", subject), here, self._clear_at(here, subject))

    def _tell_unseen(self, here: Here) -> None:
        for optimizer, what in self._gradients.unseen(look=self._recorder.sampled):
            subject = self._identities.of_optimizer(optimizer)
            self._inferred = True
            if what == "written":
                self._written(optimizer, here)
            else:
                self._happen(("clear", subject), here, self._clear_at(here, subject))

    def _clear_at(self, here: Here, subject: Subject) -> Callable[[], Clear]:
        holders = (each for each in self._gradients.known() if self._identities.of_optimizer(each).own & subject.own)
        holder = next((self._identities.number(each) for each in holders), None)
        return lambda: Clear(site=here(), via=here.via, subject=subject, optimizer=holder)

    def _written(self, optimizer: Optimizer, here: Here) -> None:
        self._inferred = True
        subject = self._identities.of_optimizer(optimizer)
        self._happen(("writes", subject), here, lambda: WritesGradient(site=here(), via=here.via, subject=subject))

    def _step(self, optimizer: Optimizer, here: Here, scaler: Answer, closure: Answer = No) -> None:
        number = self._identities.number(optimizer)
        self._optimizers.stepped(number, here.chain)

        def make() -> Step:
            return Step(
                site=here(),
                via=here.via,
                optimizer=number,
                name=type(optimizer).__name__,
                subject=self._identities.of_optimizer(optimizer),
                closure=closure,
                scaler=scaler,
            )

        self._happen(("step", number, scaler, closure), here, make)

    def _clip(self, here: Here, kind: str, parameters: Any) -> None:
        subject = self._identities.of_tensors(parameters) if parameters else ANYBODY
        self._gradients.changed(subject)
        self._happen(("clip", kind, subject), here, lambda: Clip(site=here(), via=here.via, kind=kind, subject=subject))

    def _scale(self, here: Here, loss: Any, scaled: Any) -> None:
        if self._backwards.scale(loss, scaled):
            self._happen("scale", here, lambda: Scale(site=here(), via=here.via))

    def _unscale(self, here: Here, optimizer: Optimizer) -> None:
        subject = self._identities.of_optimizer(optimizer)
        self._gradients.changed(subject)
        self._happen(("unscale", subject), here, lambda: Unscale(site=here(), via=here.via, subject=subject))

    def _scaler_step(self, here: Here, optimizer: Optimizer) -> None:
        self._gradients.know(optimizer)
        self._step(optimizer, here, scaler=Yes)
        self._scaler_steps = True

    def _scaler_stepped(self, here: Here) -> None:
        self._scaler_steps = False

    def _scaler_update(self, here: Here) -> None:
        self._happen("update", here, lambda: ScalerUpdate(site=here(), via=here.via))

    def _schedule(self, here: Here, scheduler: Any, metric: bool, epoch: bool) -> None:
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
                cadence=self._schedules.cadence(scheduler, self._loaders.lengths()),
            )

        self._happen(("schedule", self._identities.number(scheduler), metric, epoch), here, make)

    def _mode(self, here: Here, module: Module, training: bool) -> None:
        self._forwards.switch(module, training, here)
        number = self._identities.number(module)

        def make() -> SwitchMode:
            return SwitchMode(
                site=here(),
                via=here.via,
                model=self._layers.layer(module),
                training=Answer.of(training),
                argument="flag",
            )

        self._happen(("mode", number, training), here, make)

    def _gradients_taken(self, here: Here) -> None:
        self._happen("gradients", here, lambda: Backward(site=here(), via=here.via, of_input=Yes))

    def _seed(self, here: Here) -> None:
        self._happen("seed", here, lambda: Seed(site=here(), via=here.via))

    def _read(self, here: Here, tensor: Tensor, call: str) -> None:
        if not self._loaders.gave(tensor):
            self.trace.happen(("read", call), here.chain, lambda: Read(call, here(), here.via))

    def _set_epoch(self, here: Here, sampler: Any) -> None:
        self._happen("set epoch", here, lambda: SetEpoch(site=here(), via=here.via))

    def _build_scheduler(
        self, here: Here, scheduler: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> None:
        self._schedules.built(scheduler, arguments, keywords, here.chain)

    def _load(self, here: Here, module: Module) -> None:
        self._optimizers.loaded()
        number = self._identities.number(module)
        subject = self._identities.of_module(module)
        self._happen(("load", number), here, lambda: LoadWeights(site=here(), via=here.via, subject=subject))

    def _build_loader(self, here: Here, loader: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        self._loaders.built(loader, arguments, keywords, here.chain)

    def _loader_built(self, here: Here, loader: Any) -> None:
        self._loaders.of(loader)

    def _iterate(self, here: Here, loader: Any) -> None:
        self._loaders.begun(loader)

    def _build_module(self, here: Here, module: Module) -> None:
        self._layers.born(module, here.chain)

    def _build_optimizer(self, here: Here, optimizer: Optimizer) -> None:
        self._gradients.know(optimizer)
        number = self._identities.number(optimizer)
        again, new = self._optimizers.built(optimizer, here.chain)

        def make() -> BuildOptimizer:
            return BuildOptimizer(
                site=here(),
                via=here.via,
                optimizer=number,
                name=type(optimizer).__name__,
                again=again,
                new_parameters=new,
            )

        self._happen(("build", again, new), here, make)


def _draws_one(spot: Spot) -> bool:
    match spot.node:
        case ast.Call(func=ast.Name(id="next"), args=[ast.Call(func=ast.Name(id="iter")), *_]):
            return True
    return False


def _asked_from(chain: Chain) -> Chain:
    """A generator that hands batches on is asked for each: the loop is that of who asks."""
    for index, (_, spot) in enumerate(chain):
        if index and spot.code.co_flags & CO_GENERATOR and spot.code.co_name != "<genexpr>":
            return chain[:index]
    return chain
