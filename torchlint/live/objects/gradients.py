"""Whose gradients a backward reaches, and changes of gradients that no call of torch made."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING
from weakref import ref

from torchlint.facts.subject import ANYBODY, Subject
from torchlint.live.objects.identity import Identities
from torchlint.live.objects.optimizers import parameters_of

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

State = tuple[int, int] | None
SAMPLE = 4


class GradientChange(Enum):
    """What happened to gradients between two events."""

    CLEARED = "cleared"
    WRITTEN = "written"


@dataclass(slots=True)
class _Held:
    """The gradients that an optimizer uses: all as they were before backward, and a sample, by place, as it was since.

    `fresh` is the sample after backward, None if there were no gradients and no backward has run since; `used` is that
    after the step. Both are empty when there is nothing to compare with. `stepped` says whether it has stepped.
    """

    optimizer: ref[Optimizer]
    size: int = 0
    places: tuple[int, ...] = ()
    before: list[State] = field(default_factory=list)
    fresh: list[State] | None = None
    used: list[State] = field(default_factory=list)
    stepped: bool = False

    def sample(self, parameters: list[Tensor]) -> list[State]:
        """The states of some gradients: the first ones and the last."""
        states = self.again(parameters)
        if None in states or len(states) < min(SAMPLE, len(parameters)):
            there = [place for place, each in enumerate(parameters) if each.grad is not None]
            self.places = tuple(there[: SAMPLE - 1] + there[SAMPLE - 1 :][-1:])
            self.size = len(parameters)
            states = _states([parameters[place] for place in self.places])
        return states

    def again(self, parameters: list[Tensor]) -> list[State]:
        """The states of the same ones, none if the optimizer has been given others."""
        return _states([parameters[place] for place in self.places]) if self.size == len(parameters) else []


class Gradients:
    """Compares gradients before and after, by identity and version: nothing is read from the device."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._held: dict[int, _Held] = {}

    def know(self, optimizer: Optimizer) -> _Held:
        """An optimizer whose parameters count."""
        held = self._held.get(id(optimizer))
        if held is None or held.optimizer() is not optimizer:
            self._held = {number: each for number, each in self._held.items() if each.optimizer() is not None}
            held = self._held[id(optimizer)] = _Held(ref(optimizer))
            if any(each.grad is not None for each in parameters_of(optimizer)):
                held.fresh = []  # They were made before anybody looked: by a backward or by hand.
        return held

    def known(self) -> list[Optimizer]:
        """The optimizers that live."""
        return [optimizer for held in self._held.values() if (optimizer := held.optimizer()) is not None]

    def holds(self, tensor: Tensor) -> bool:
        """Whether an optimizer changes a tensor."""
        return any(each is tensor for optimizer in self.known() for each in parameters_of(optimizer))

    def before(self) -> None:
        """Backward is about to run."""
        for held in self._held.values():
            optimizer = held.optimizer()
            held.before = [] if optimizer is None else _states(parameters_of(optimizer))

    def after(self) -> Subject:
        """Backward has run: whose gradients it changed; anybody's where that is not known."""
        reached: Subject | None = None
        for held in self._held.values():
            optimizer = held.optimizer()
            held.used = []
            parameters = [] if optimizer is None else parameters_of(optimizer)
            if optimizer is not None and _any_changed(parameters, held.before):
                subject = self._identities.of_optimizer(optimizer)
                reached = subject if reached is None else reached | subject
                held.fresh = held.sample(parameters)
            held.before = []
        return reached if reached is not None and reached.own else ANYBODY

    def used(self, optimizer: Optimizer) -> None:
        """An optimizer has stepped: remember its gradients."""
        held = self.know(optimizer)
        held.used = held.sample(parameters_of(optimizer))
        held.fresh = []
        held.stepped = True

    def has_stepped(self, optimizer: Optimizer) -> bool:
        """Whether an optimizer was seen to step."""
        return self.know(optimizer).stepped

    def forget(self) -> None:
        """What gradients were is not known."""
        for held in self._held.values():
            held.used = []
            held.fresh = None if held.fresh is None else []

    def changed(self, subject: Subject) -> None:
        """Gradients were changed in a way that was seen."""
        for held in self._held.values():
            optimizer = held.optimizer()
            if optimizer is None:
                continue
            if subject.open or not self._identities.of_optimizer(optimizer).own.isdisjoint(subject.own):
                held.used = held.fresh = []

    def written(self, optimizer: Optimizer) -> bool:
        """Whether the gradients that an optimizer is about to use were changed by hand since backward."""
        held, parameters = self.know(optimizer), parameters_of(optimizer)
        if held.fresh is None:
            return any(each.grad is not None for each in parameters)  # No backward has reached it, and yet it has some.
        return _change(held, held.fresh, parameters, look=False) is GradientChange.WRITTEN

    def unrecorded_changes(self, *, look: bool) -> list[tuple[Optimizer, GradientChange]]:
        """What happened to used gradients since, without any event; with `look`, zeros are looked for too."""
        found: list[tuple[Optimizer, GradientChange]] = []
        for held in self._held.values():
            optimizer = held.optimizer() if held.used else None
            if optimizer is None:
                continue
            change = _change(held, held.used, parameters_of(optimizer), look)
            if change is not None:
                found.append((optimizer, change))
                held.used = []
        return found


def _change(held: _Held, then: list[State], parameters: list[Tensor], look: bool) -> GradientChange | None:
    now = held.again(parameters) if then else []
    if len(now) != len(then) or not now:
        return None
    if None in now:
        return GradientChange.CLEARED
    if now != then:
        return GradientChange.WRITTEN
    if look:
        smallest = min((parameters[place] for place in held.places), key=lambda each: each.numel())
        gradient = smallest.grad
        if gradient is not None and not gradient.is_sparse and not bool(gradient.detach().any()):
            return GradientChange.CLEARED  # Through `.data`, which leaves the version as it was.
    return None


def hooked(optimizer: Optimizer) -> bool:
    """Whether a hook on a parameter may change its gradient."""
    return any(
        getattr(each, "_backward_hooks", None) or getattr(each, "_post_accumulate_grad_hooks", None)
        for each in parameters_of(optimizer)
    )


def _states(parameters: list[Tensor]) -> list[State]:
    """Which tensors the gradients are, and their versions."""
    try:
        return [None if (held := each.grad) is None else (id(held), held._version) for each in parameters]
    except RuntimeError:  # Gradients that were made in inference mode have no version.
        return [_state(each) for each in parameters]


def _any_changed(parameters: list[Tensor], before: list[State]) -> bool:
    """Whether there is a gradient that was not there, or was another."""
    for each, state in zip(parameters, before, strict=False):
        if each.grad is not None and (state is None or _state(each) != state):
            return True
    return False


def _state(parameter: Tensor) -> State:
    gradient = parameter.grad
    if gradient is None:
        return None
    return id(gradient), -1 if gradient.is_inference() else gradient._version
