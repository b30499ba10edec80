"""Optimizers that are built with a learning rate of 0, and whether it was ever another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torchlint.facts.answer import Answer, Yes
from torchlint.facts.fact import Fact
from torchlint.facts.schedule import ZeroRate
from torchlint.knowledge.optimizers import RATE
from torchlint.live.objects.identity import WeakMap
from torchlint.live.stream.events import OptimizerInitEnded, StepStarted
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import builders
from torchlint.live.text.constructions import expression_of
from torchlint.live.text.spots import Spot

if TYPE_CHECKING:
    from torch.optim import Optimizer

    from torchlint.live.stream.places import Here

FEWEST_STEPS = 3


@dataclass(slots=True)
class _Built:
    """An optimizer that was built with a rate of 0: by which calls, and at how many steps the rate was still 0."""

    spots: tuple[Spot, ...]
    steps: int = 0
    changed: bool = False


class ZeroRateObserver(Observer):
    """Looks at the rates of such optimizers at sampled steps; of others, nothing is kept."""

    def __init__(self) -> None:
        self._known: WeakMap[_Built] = WeakMap()
        self._all: list[_Built] = []

    @on(OptimizerInitEnded)
    def optimizer_init_ended(self, event: OptimizerInitEnded, here: Here) -> None:
        """An optimizer was built."""
        if not _has_rate(event.optimizer):
            built = self._known[event.optimizer] = _Built(builders(here.chain, type(event.optimizer)))
            self._all.append(built)

    @on(StepStarted, closely=True)
    def step_started(self, event: StepStarted, here: Here) -> None:
        """An optimizer steps, at whatever rate it has by now."""
        built = self._known.get(event.optimizer) if self._all else None
        if built is not None:
            built.steps += 1
            built.changed = built.changed or _has_rate(event.optimizer)

    def finish(self) -> Iterable[Fact]:
        """One fact for each that the user's text gave the rate."""
        for each in self._all:
            given = expression_of(each.spots, *RATE)
            if given is not None and each.steps:
                yield ZeroRate(
                    site=each.spots[-1].page.site(given),
                    via=tuple(spot.site for spot in each.spots[:-1]),
                    trains=Yes,
                    changed=Answer.of(each.changed or (None if each.steps < FEWEST_STEPS else False)),
                )


def _has_rate(optimizer: Optimizer) -> bool:
    return any(group.get("lr") != 0 for group in optimizer.param_groups)
