"""What the loaders of a project, and their batches, are used for."""

from __future__ import annotations

from dataclasses import dataclass, field

from torchlint.facts.event import Backward, Forward, Step
from torchlint.intent.evaluation import is_shown_by_name, scores_samples
from torchlint.intent.held_out import is_evaluation_data
from torchlint.source.paper.detect.detector import Analysis, listens
from torchlint.source.paper.detect.loops.finders import EVALUATION_FINDERS
from torchlint.source.paper.detect.loops.traces import trains_on_batches
from torchlint.source.paper.detect.surroundings import data_of, place_of
from torchlint.source.paper.domain.values import Value
from torchlint.source.paper.occurrences.data import LoaderUsed, Use
from torchlint.source.paper.occurrences.program import EntryEnded, IterationEnded, LoopRan
from torchlint.source.paper.occurrences.training import BackwardRan, DataParallelised, Evaluated, ParametersWritten
from torchlint.source.paper.python.machine import Machine


@dataclass(slots=True)
class LoaderUse:
    """What is done with one loader; `shows_evaluation` says that a loop named so evaluates on it.

    `is_scored` says that an evaluation measures each of its samples. `data_parallel` says that it trains
    a model of which every process has a copy.
    """

    found: set[Use] = field(default_factory=set)
    shows_evaluation: bool = False
    is_scored: bool = False
    data_parallel: bool = False

    def __contains__(self, use: Use) -> bool:
        return use in self.found


class LoaderUses(Analysis):
    """What is done with each loader; `_awaiting` are those whose gradients wait for a step."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.share_all(EVALUATION_FINDERS)
        self._uses: dict[int, LoaderUse] = {}
        self._awaiting: set[int] = set()
        self._parallel: set[int] = set()

    def of(self, loader: Value) -> LoaderUse:
        """What is done with a loader."""
        return self._uses.get(loader.number) or LoaderUse()

    def _of(self, number: int) -> LoaderUse:
        return self._uses.setdefault(number, LoaderUse())

    @listens
    def collect_use(self, used: LoaderUsed) -> None:
        """Something is done with a loader."""
        self._of(used.loader).found.add(used.use)

    @listens
    def collect_backward(self, ran: BackwardRan) -> None:
        """A backward was run on what a batch gave: the loader trains if a step follows."""
        if ran.loss is not None and ran.loss.loader >= 0:
            self._awaiting.add(ran.loss.loader)

    @listens
    def end_iteration(self, ended: IterationEnded) -> None:
        """Gradients that no step used before the next batch came are of no further interest."""
        self._awaiting.discard(ended.loader.number)

    @listens
    def collect_step(self, _: Step) -> None:
        """A step: the batches that the gradients came from are trained on."""
        self._train()

    @listens
    def collect_write(self, _: ParametersWritten) -> None:
        """Parameters are changed by hand, as a step does it."""
        self._train()

    def _train(self) -> None:
        for loader in self._awaiting:
            self._of(loader).found.add(Use.TRAINS)
        self._awaiting.clear()

    @listens
    def end_entry(self, _: EntryEnded) -> None:
        """The next program starts without gradients."""
        self._awaiting.clear()

    @listens
    def collect_copies(self, parallelised: DataParallelised) -> None:
        """Remember a model of which every process has a copy."""
        self._parallel.add(parallelised.model)

    @listens
    def collect_loop(self, ran: LoopRan) -> None:
        """A loop over a loader trains or evaluates on it."""
        if ran.loop.loader is None:
            return
        use = self._of(ran.loop.loader.number)
        if trains_on_batches(ran.events):
            if is_evaluation_data(data_of(self.machine, ran.loop)):
                # What is trained on by mistake, or to adapt to it, need not be shuffled.
                use.found.discard(Use.TRAINS)
                use.found.add(Use.EVALUATES)
            else:
                use.found.add(Use.TRAINS)
            use.data_parallel |= any(
                isinstance(event, Forward) and event.model.number in self._parallel for event in ran.events
            )
        elif Forward in ran.kinds and ran.kinds.isdisjoint((Backward, Step)):
            use.found.add(Use.EVALUATES)

    @listens
    def collect_evaluation(self, evaluated: Evaluated) -> None:
        """A loop evaluates: what it is called, and what it measures."""
        loop = evaluated.loop
        if loop is None or loop.loader is None:
            return
        use, data, place = self._of(loop.loader.number), data_of(self.machine, loop), place_of(self.machine)
        use.shows_evaluation |= is_shown_by_name(data, place)
        use.is_scored |= scores_samples(data, place)
