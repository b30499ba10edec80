"""Averages of a model's weights: copies whose parameters are changed by hand, and whether their buffers follow."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import torch
from torch.nn.parameter import is_lazy

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.knowledge.layers import BATCH_NORMS
from torchlint.live.objects.identity import Identities, WeakMap
from torchlint.live.stream.events import ParametersAsked, StepStarted, WeightsLoaded
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

FEW = 8
"""So many parameters and layers of batch norm are looked at."""
NUMBERS = 32
"""So many numbers of each parameter are looked at."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What some of a module's parameters and of its batch statistics were when somebody asked for its parameters."""

    weights: list[Tensor]
    statistics: list[Tensor]


class Averages(Observer):
    """Looks at models with batch norm when they are asked for their parameters, and again when they are evaluated."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._first: WeakMap[_Look] = WeakMap()
        self._stepped: set[int] = set()

    @on(ParametersAsked)
    def parameters_asked(self, event: ParametersAsked, here: Here) -> None:
        """Somebody goes through the parameters of a module: perhaps to change them."""
        if event.module not in self._first:
            statistics = _statistics(event.module)
            if statistics and not any(map(is_lazy, event.module.parameters())):
                self._first[event.module] = _Look(_weights(event.module), [each.clone() for each in statistics])

    @on(WeightsLoaded)
    def weights_loaded(self, event: WeightsLoaded, here: Here) -> None:
        """Buffers are loaded with the parameters: what is known of a module begins anew."""
        for module in event.module.modules():
            self._first.forget(module)

    @on(StepStarted)
    def step_started(self, event: StepStarted, here: Here) -> None:
        """An optimizer changes parameters: their model learns by itself."""
        self._stepped |= self._identities.of_optimizer(event.optimizer).own

    def lags_behind(self, model: Module) -> Answer:
        """Whether a model is an average that holds the batch statistics of other weights, as far as can be seen now."""
        average = self._known(model)
        first = self._first.get(average)
        if first is None or self._learns(average) or not any(map(_differ, first.weights, _weights(average))):
            return No
        statistics = _statistics(average)
        trained = [each for each, _ in self._first.items() if self._learns(each) and _are_alike(each, average)]
        if type(average).__name__ == "AveragedModel":
            # It is given the buffers of the model that trains. Statistics of its own are others.
            copied = not any(map(_differ, statistics, _statistics(trained[0]))) if len(trained) == 1 else False
            return Yes if copied and not getattr(average, "use_buffers", True) else Unknown
        kept = not any(map(_differ, first.statistics, statistics))
        moved = any(any(map(_differ, statistics, _statistics(each))) for each in trained)
        return Yes if kept and moved else Unknown

    def _known(self, model: Module) -> Module:
        """The model, or the only one in it whose parameters were asked for."""
        inner = [each for each in model.children() if each in self._first]
        return inner[0] if model not in self._first and len(inner) == 1 else model

    def _learns(self, model: Module) -> bool:
        return not self._identities.of_module(model).own.isdisjoint(self._stepped)


def _weights(module: Module) -> list[Tensor]:
    """Some numbers of some parameters."""
    return [each.detach().flatten()[:NUMBERS].clone() for each in islice(module.parameters(), FEW)]


def _statistics(module: Module) -> list[Tensor]:
    """The running statistics of some layers of batch norm."""
    norms = (each for each in module.modules() if type(each).__name__ in BATCH_NORMS)
    held = (getattr(norm, name, None) for norm in norms for name in ("running_mean", "running_var"))
    return list(islice((each for each in held if isinstance(each, torch.Tensor)), 2 * FEW))


def _differ(first: Tensor, second: Tensor) -> bool:
    return first.device != second.device or not torch.equal(first, second)


def _are_alike(first: Module, second: Module) -> bool:
    """Whether two modules have parameters of the same shapes."""
    return [each.shape for each in first.parameters()] == [each.shape for each in second.parameters()]
