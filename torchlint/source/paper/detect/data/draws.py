"""Detects batches that are drawn by hand, and whether training uses nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.data import SingleBatch
from torchlint.facts.site import Site
from torchlint.intent.place import Place
from torchlint.intent.sanity_checks import DrawnBatch, is_sanity_check
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.surroundings import place_of
from torchlint.source.paper.domain.values import Length, Opaque, Thing, Value, options
from torchlint.source.paper.occurrences.data import BatchDrawn
from torchlint.source.paper.occurrences.program import ProjectEnded
from torchlint.source.paper.occurrences.training import BackwardRan
from torchlint.source.paper.python.machine import Machine


@dataclass(slots=True)
class Draw:
    """A place where batches are drawn, in so many loops.

    `trained` is in how many loops a backward was run on the batch, None where none was, and `trained_in` where that
    was. `iterators` are what it draws from. `new_iterator` says that it was made for this draw, `goes_on` that it is
    older than the loop around, so that each time round it gives another batch.
    """

    loader: Value
    via: tuple[Site, ...]
    loops: int
    place: Place = field(default_factory=Place)
    trained_in: Place = field(default_factory=Place)
    iterators: set[int] = field(default_factory=set)
    new_iterator: bool = False
    goes_on: bool = False
    trained: int | None = None


class SingleBatches(Detector):
    """Batches that `next(iter(loader))` draws, by the place of the call."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._draws: dict[Site, Draw] = {}

    @listens
    def collect_draw(self, drawn: BatchDrawn) -> None:
        """Remember a batch that is drawn."""
        loops, loader, source = self.machine.loops, drawn.loader, drawn.source
        draw = self._draws.get(drawn.site)
        if draw is None:
            draw = self._draws[drawn.site] = Draw(loader, tuple(self.machine.via), len(loops))
        draw.place = place_of(self.machine)
        draw.iterators |= {option.number for option in options(source)}
        draw.goes_on = bool(loops) and _is_older(source, loops[-1].number)
        # A loader that is built in the loop is another each time, as episodes of few-shot learning are.
        built_here = bool(loops) and loader.number > loops[-1].number
        draw.new_iterator = isinstance(source, Thing) and not self.machine.names_of(source) and not built_here

    @listens
    def collect_backward(self, ran: BackwardRan) -> None:
        """A backward was run on what a batch gave."""
        if ran.loss is not None and ran.loss.drawn in self._draws:
            draw = self._draws[ran.loss.drawn]
            draw.trained, draw.trained_in = len(self.machine.loops), place_of(self.machine)

    @listens
    def emit_draws(self, _: ProjectEnded) -> None:
        """Tell which batches were drawn by hand, and whether training used nothing else."""
        for site, draw in self._draws.items():
            loader, names = draw.loader, self.machine.names_of(draw.loader)
            size = loader.arguments.get("batch_size", 1) if isinstance(loader, Thing) else None
            whole = isinstance(size, Length) and size.of is not None
            anew = draw.loops > 0 and draw.new_iterator
            self.emit(
                SingleBatch(
                    site=site,
                    via=draw.via,
                    loader=min(names, key=len, default="loader"),
                    trains=self._trains(draw, anew=anew),
                    inside_loop=Answer.of(anew),
                    deliberate=is_sanity_check(DrawnBatch(draw.place, names, whole, draw.trained_in)),
                )
            )

    def _trains(self, draw: Draw, *, anew: bool) -> Answer:
        """Whether training uses this one batch alone."""
        if draw.trained is None:
            return Unknown
        return Yes if anew or (draw.trained > draw.loops and not self._moves_on(draw)) else No

    def _moves_on(self, draw: Draw) -> bool:
        """Whether the iterator that a batch was drawn from is drawn from elsewhere as well, or again and again."""
        sharing = [each for each in self._draws.values() if not draw.iterators.isdisjoint(each.iterators)]
        return draw.goes_on or len(sharing) > 1


def _is_older(source: Value, loop: int) -> bool:
    """Whether something was there before the loop that draws from it; what is read from an object was."""
    return source.number < loop or (isinstance(source, Opaque) and not source.from_call)
