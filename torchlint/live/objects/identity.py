"""Identities of the run's objects, which are never kept alive: their numbers, and the parameters they own."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import ref

from torchlint.facts.subject import ANYBODY, Subject
from torchlint.live.objects.optimizers import parameters_of

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module
    from torch.optim import Optimizer

Value = TypeVar("Value")
MANY = 4096


class WeakMap(Generic[Value]):
    """Values for objects, by identity: the objects need no hash, and tensors compare element by element."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[ref[Any], Value]] = {}
        self._room = MANY

    def __setitem__(self, key: Any, value: Value) -> None:
        if len(self._held) > self._room:
            self._held = {number: held for number, held in self._held.items() if held[0]() is not None}
            self._room = max(MANY, 2 * len(self._held))
        self._held[id(key)] = (ref(key), value)

    def get(self, key: Any) -> Value | None:
        """The value of an object, or None."""
        held = self._held.get(id(key))
        return held[1] if held is not None and held[0]() is key else None

    def setdefault(self, key: Any, value: Value) -> Value:
        """The value of an object, which is this one if it has none."""
        known = self.get(key)
        if known is None:
            self[key] = known = value
        return known

    def __contains__(self, key: object) -> bool:
        held = self._held.get(id(key))
        return held is not None and held[0]() is key

    def forget(self, key: Any) -> None:
        """Hold nothing for an object any more."""
        if key in self:
            del self._held[id(key)]

    def items(self) -> Iterable[tuple[Any, Value]]:
        """The objects that still live, with their values."""
        for key, value in list(self._held.values()):
            alive = key()
            if alive is not None:
                yield alive, value

    def clear(self) -> None:
        """Forget all."""
        self._held.clear()


class Identities:
    """Numbers for objects, unique in the run, and the parameters of models and optimizers as subjects."""

    def __init__(self) -> None:
        self._count = count(1)
        self._numbers: WeakMap[int] = WeakMap()
        self._optimizers: WeakMap[tuple[list[int], Subject]] = WeakMap()

    def number(self, thing: Any) -> int:
        """The number of an object."""
        known = self._numbers.get(thing)
        if known is None:
            known = self._numbers[thing] = next(self._count)
        return known

    def of_tensors(self, tensors: Iterable[Tensor]) -> Subject:
        """Parameters as a subject."""
        own = frozenset(self.number(tensor) for tensor in tensors)
        return Subject(own, open=False) if own else ANYBODY

    def of_module(self, module: Module) -> Subject:
        """The parameters of a module."""
        return self.of_tensors(module.parameters())

    def of_optimizer(self, optimizer: Optimizer) -> Subject:
        """The parameters that an optimizer changes."""
        groups = optimizer.param_groups
        sizes = [len(group["params"]) for group in groups]
        known = self._optimizers.get(optimizer)
        if known is not None and known[0] == sizes:
            return known[1]
        subject = self.of_tensors(parameters_of(optimizer))
        self._optimizers[optimizer] = (sizes, subject)
        return subject
