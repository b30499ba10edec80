"""Optimizers that are cleared and given gradients, and whether the run, or a place it did not reach, steps them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import Backward, Clear, ReadsGradient, Step, WritesGradient, WritesWeights
from torchlint.facts.fact import Fact
from torchlint.facts.optimizer import ClearedOptimizer
from torchlint.facts.site import Site
from torchlint.live.loops.recorded import Recorded
from torchlint.live.objects.identity import Identities
from torchlint.live.stream.events import OptimizerInitEnded, StepStarted
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here, builders
from torchlint.live.stream.trace import Trace
from torchlint.live.text.constructions import names_of_result
from torchlint.live.text.gradient_access import gradient_accesses
from torchlint.live.text.spots import Spot
from torchlint.live.text.steps import optimizer_steps

FEWEST = 3
"""So many times a loop goes round before it is said that it leaves an optimizer out."""


class ClearedOptimizers(Observer):
    """Looks through the events of loops for what is cleared and never stepped."""

    skips_repeats = True

    def __init__(self, trace: Trace[Recorded], identities: Identities) -> None:
        self._trace = trace
        self._identities = identities
        self._built: dict[int, tuple[Spot, ...]] = {}
        self._reached: set[Site] = set()

    @on(OptimizerInitEnded)
    def optimizer_init_ended(self, event: OptimizerInitEnded, here: Here) -> None:
        """An optimizer was built."""
        spots = builders(here.chain, type(event.optimizer))
        if spots:
            self._built[self._identities.number(event.optimizer)] = spots

    @on(StepStarted)
    def step_started(self, event: StepStarted, here: Here) -> None:
        """An optimizer steps."""
        self._reached.add(here())

    def finish(self) -> Iterable[Fact]:
        """One fact for each that is cleared, given gradients, and not stepped."""
        events = self._trace.events
        stepped = {event.optimizer for event in events if isinstance(event, Step)}
        if len(self._built) < 2 or not stepped or self._reads_gradients():
            return
        backwards = [event for event in events if isinstance(event, Backward)]
        for clear in self._cleared_in_loops():
            number = clear.optimizer
            if number is None or number in stepped or number not in self._built:
                continue
            fed = (each for each in backwards if each.subject.concerns(clear.subject) is Yes and each.of_input is No)
            backward = next(fed, None)
            if backward is not None:
                spots = self._built[number]
                names = names_of_result(spots)
                pages = {spot.page for spot in spots}
                unreached = any(site not in self._reached for page in pages for site in optimizer_steps(page, names))
                yield ClearedOptimizer(
                    site=backward.site,
                    via=backward.via,
                    cleared=clear.site,
                    stepped=Unknown if unreached else No,
                    beside=Answer.of(bool(stepped)),
                )

    def _reads_gradients(self) -> bool:
        """Whether gradients, or weights, are used by hand, in an event or in the text of a loop."""
        by_hand = (ReadsGradient, WritesGradient, WritesWeights)
        loops = (run.loop for run, _ in self._trace.runs() if run.loop is not None)
        return any(isinstance(each, by_hand) for each in self._trace.events) or any(
            any(True for _ in gradient_accesses(loop)) for loop in loops
        )

    def _cleared_in_loops(self) -> Iterator[Clear]:
        """The clearings of loops that went round a few times, each optimizer's first."""
        found: dict[int | None, Clear] = {}
        for run, _ in self._trace.runs():
            if run.loop is not None and run.count >= FEWEST:
                for path in run.paths:
                    for number, _ in path:
                        event = self._trace.events[number]
                        if isinstance(event, Clear):
                            found.setdefault(event.optimizer, event)
        yield from found.values()
