"""What schedulers that wait for a plateau are given, and which way it gets better."""

from __future__ import annotations

from collections.abc import Iterable

from torch.optim.lr_scheduler import ReduceLROnPlateau

from torchlint.facts.fact import Fact
from torchlint.facts.schedule import Better, PlateauStep
from torchlint.intent.evaluation import better_by_name
from torchlint.knowledge.names import shortest
from torchlint.live.stream.events import SchedulerStepped
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here, spots_of
from torchlint.live.text.metrics import ways_to_say
from torchlint.live.text.spots import Spot


class Plateaus(Observer):
    """Every place that steps one, once for each mode: what the metric is, the text says there."""

    skips_repeats = True

    def __init__(self) -> None:
        self._steps: dict[tuple[str, tuple[Spot, ...]], PlateauStep] = {}

    @on(SchedulerStepped)
    def scheduler_stepped(self, event: SchedulerStepped, here: Here) -> None:
        """A scheduler steps."""
        scheduler, spots = event.scheduler, spots_of(here.chain)
        if not isinstance(scheduler, ReduceLROnPlateau) or not event.metric or not spots:
            return
        if (scheduler.mode, spots) not in self._steps:
            said = [(names, better) for names in ways_to_say(spots[-1], "metrics") if (better := better_by_name(names))]
            names, better = said[0] if said else (frozenset[str](), None)
            self._steps[scheduler.mode, spots] = PlateauStep(
                site=here(),
                via=here.via,
                name=shortest(name for name in names if better_by_name((name,))),
                watches=Better.HIGHER if scheduler.mode == "max" else Better.LOWER,
                metric=better,
            )

    def finish(self) -> Iterable[Fact]:
        """All of them."""
        return self._steps.values()
