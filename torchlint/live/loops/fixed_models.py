"""Models that nothing changes, and that run without gradients in the training step of another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from torchlint.facts.answer import No
from torchlint.facts.event import Backward, Forward, Step
from torchlint.facts.fact import Fact
from torchlint.facts.run import FixedModel
from torchlint.live.loops.forwards import Forwards
from torchlint.live.loops.recorded import Recorded
from torchlint.live.objects.identity import Identities
from torchlint.live.stream.events import OptimizerInitEnded, WeightsLoaded
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here
from torchlint.live.stream.trace import Trace

FEWEST = 3
"""So many steps show that a model is part of them."""


class FixedModels(Observer):
    """Looks through the events of loops that train for what no optimizer holds, and nothing writes to or loads."""

    skips_repeats = True

    def __init__(self, trace: Trace[Recorded], identities: Identities, forwards: Forwards) -> None:
        self._trace = trace
        self._identities = identities
        self._forwards = forwards
        self._held: frozenset[int] = frozenset()

    @on(OptimizerInitEnded)
    def optimizer_init_ended(self, event: OptimizerInitEnded, here: Here) -> None:
        """An optimizer was built."""
        self._held |= self._identities.of_optimizer(event.optimizer).own

    @on(WeightsLoaded)
    def weights_loaded(self, event: WeightsLoaded, here: Here) -> None:
        """A model that is loaded between its steps follows another one."""
        self._forwards.loaded(event.module)

    def finish(self) -> Iterable[Fact]:
        """One fact for each call that runs one."""
        for forward in dict.fromkeys(self._beside_training()):
            yield FixedModel(site=forward.site, via=forward.via, forward=forward)

    def _beside_training(self) -> Iterator[Forward]:
        events = self._trace.events
        held = self._held.union(*(event.subject.own for event in events if isinstance(event, Step)))
        for run, _ in self._trace.runs():
            if run.count < FEWEST:
                continue
            for path in run.paths:
                on_path = [events[number] for number, _ in path]
                if {Step, Backward} <= set(map(type, on_path)):
                    yield from (each for each in on_path if isinstance(each, Forward) and self._is_fixed(each, held))

    def _is_fixed(self, forward: Forward, held: frozenset[int]) -> bool:
        own = forward.subject.own
        learns = forward.gradients is not No or not own or bool(own & held)
        return not learns and forward.model.number in self._forwards.fixed
