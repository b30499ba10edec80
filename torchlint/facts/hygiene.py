"""Calls whose form alone costs: old names, hidden changes, waits."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, Unknown
from torchlint.facts.fact import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class DeprecatedVariable(Fact):
    """A call of `torch.autograd.Variable`; `trains` is Yes when it stands in a training step, on some way there.

    `graph` says whether what it is given has a graph: the result has none.
    """

    requires_grad: Answer
    volatile: Answer
    trains: Answer = Unknown
    graph: Answer = Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class DataAttribute(Fact):
    """A use of `.data` on a tensor; `graph` is No where that has none, as a gradient has none."""

    receiver: str
    graph: Answer = Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Synchronisation(Fact):
    """A call that makes the host wait for the device in every iteration of a training loop."""

    call: str
