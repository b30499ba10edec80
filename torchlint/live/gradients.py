"""Whose gradients a backward reaches, and clearings that no `zero_grad` tells of."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import ref

from torchlint.facts.subject import ANYBODY, NOBODY, Subject
from torchlint.live.identity import Identities, WeakMap

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

State = tuple[int, int] | None
SAMPLE = 4


class Gradients:
    """Compares gradients before and after, by identity and version: nothing is read from the device."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._optimizers: WeakMap[bool] = WeakMap()
        self._before: list[tuple[Optimizer, list[State]]] = []
        self._used: WeakMap[list[tuple[ref[Tensor], State]]] = WeakMap()
        self._fresh: WeakMap[list[tuple[ref[Tensor], State]]] = WeakMap()

    def know(self, optimizer: Optimizer) -> None:
        """An optimizer whose parameters count."""
        if optimizer not in self._optimizers:
            self._optimizers[optimizer] = True

    def known(self) -> list[Optimizer]:
        """The optimizers that live."""
        return [optimizer for optimizer, _ in self._optimizers.items()]

    def before(self) -> None:
        """Backward is about to run."""
        self._before = [(each, [_state(p) for p in _parameters(each)]) for each in self.known()]

    def after(self) -> Subject:
        """Backward has run: whose gradients it changed; anybody's where that is not known."""
        reached: Subject = NOBODY
        self._used.clear()
        for optimizer, states in self._before:
            changed = any(
                _state(each) not in (None, old) for each, old in zip(_parameters(optimizer), states, strict=False)
            )
            if changed:
                reached = reached | self._identities.of_optimizer(optimizer)
                self._fresh[optimizer] = _sample(optimizer)
        self._before = []
        return reached if reached.own else ANYBODY

    def used(self, optimizer: Optimizer) -> None:
        """An optimizer has stepped: remember its gradients."""
        self._used[optimizer] = _sample(optimizer)
        self._fresh[optimizer] = []

    def changed(self, subject: Subject) -> None:
        """Gradients were changed in a way that was seen."""
        for optimizer in self.known():
            if self._identities.of_optimizer(optimizer).own & subject.own or subject.open:
                self._used[optimizer] = self._fresh[optimizer] = []

    def written(self, optimizer: Optimizer) -> bool:
        """Whether the gradients that an optimizer is about to use were changed by hand since backward."""
        if optimizer not in self._fresh and any(each.grad is not None for each in _parameters(optimizer)):
            return True  # No backward has reached it, and yet it has gradients.
        return _happened(self._fresh.get(optimizer) or [], look=False) == "written"

    def unseen(self, *, look: bool) -> list[tuple[Optimizer, str]]:
        """What happened to used gradients since: "cleared" or "written"; with `look`, zeros are looked for too."""
        found: list[tuple[Optimizer, str]] = []
        for optimizer, held in list(self._used.items()):
            what = _happened(held, look)
            if what:
                found.append((optimizer, what))
                self._used[optimizer] = []
        return found


def _happened(held: list[tuple[ref[Tensor], State]], look: bool) -> str:
    alive = [(tensor, state) for tensor, state in ((each(), state) for each, state in held) if tensor is not None]
    if any(tensor.grad is None for tensor, _ in alive):
        return "cleared"
    if any(_state(tensor) != state for tensor, state in alive):
        return "written"
    if look and alive:
        smallest = min((tensor for tensor, _ in alive), key=lambda tensor: tensor.numel())
        gradient = smallest.grad
        if gradient is not None and not gradient.is_sparse and not bool(gradient.detach().any()):
            return "cleared"  # Through `.data`, which leaves the version as it was.
    return ""


def _sample(optimizer: Optimizer) -> list[tuple[ref[Tensor], State]]:
    held = [each for each in _parameters(optimizer) if each.grad is not None]
    return [(ref(each), _state(each)) for each in held[: SAMPLE - 1] + held[SAMPLE - 1 :][-1:]]


def hooked(optimizer: Optimizer) -> bool:
    """Whether a hook on a parameter may change its gradient."""
    return any(
        getattr(each, "_backward_hooks", None) or getattr(each, "_post_accumulate_grad_hooks", None)
        for each in _parameters(optimizer)
    )


def _parameters(optimizer: Optimizer) -> list[Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _state(parameter: Tensor) -> State:
    gradient = parameter.grad
    if gradient is None:
        return None
    return id(gradient), -1 if gradient.is_inference() else gradient._version
