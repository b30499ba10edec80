"""Detects sums over batches that are divided by the number of batches, or of samples."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.loss import Average, Counted, Summed
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.quantity import Quantity
from torchlint.source.paper.domain.values import Choice, Kind, Literal, Thing, Value, is_none
from torchlint.source.paper.occurrences.calls import AverageRescaled, SumDivided
from torchlint.source.paper.python.iteration.elements import loader_of
from torchlint.source.paper.python.machine import Machine

_SUMMED = {Quantity.SUM_OF_COUNTS: Summed.HITS, Quantity.SUM_OF_MEANS: Summed.BATCH_MEANS}


class Averages(Detector):
    """Averages over the batches of one loader, by the number of the result."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._made: dict[int, object] = {}

    @listens
    def emit_average(self, divided: SumDivided) -> None:
        """A sum is divided."""
        loader = self._loader(next(iter(divided.loaders))) if len(divided.loaders) == 1 else None
        over = self._counted(loader, divided.by.of) if loader is not None else None
        summed = _SUMMED.get(divided.quantity)
        if loader is None or over is None or summed is None:
            return
        count = divided.by.site
        self._made[divided.average] = self.emit(
            Average(
                site=divided.site,
                via=tuple(self.machine.via),
                of=summed,
                over=over,
                single=_is_single(loader),
                count=count if count is not None and count.line == divided.site.line else None,
                complete=_is_complete(loader),
            ),
            loader.number,
        )

    @listens
    def revoke_average(self, rescaled: AverageRescaled) -> None:
        """What is divided by the size of a batch as well is no such average."""
        occasion = self._made.get(rescaled.average)
        if rescaled.constant:
            self._made[rescaled.result] = occasion
        elif occasion is not None:
            self.facts.pop(occasion, None)
            self.remember()

    def _loader(self, number: int) -> Thing | None:
        """The loader that was built, by its number."""
        things = self.machine.objects.all
        return next((each for each in things if each.number == number and each.kind is Kind.LOADER), None)

    def _counted(self, loader: Thing, counted: Value | None) -> Counted | None:
        if counted is None or isinstance(counted, Choice):
            return None
        dataset = loader.arguments.get("dataset", 0)
        if dataset is not None and counted.number == dataset.number:
            return Counted.SAMPLES
        source = loader_of(self.machine, counted)
        return Counted.BATCHES if source is not None and source.number == loader.number else None


def _is_single(loader: Thing) -> Answer:
    """Whether each batch of a loader is one sample."""
    size = loader.arguments.get("batch_size", 1)
    if size is None:
        batches = loader.arguments.get("batch_sampler", 4) is not None or loader.arguments.may_give("batch_sampler")
        return Unknown if batches else Yes
    if is_none(size):
        return Unknown
    return Answer.of(size.value == 1) if isinstance(size, Literal) else No


def _is_complete(loader: Thing) -> Answer:
    """Whether a loader gives each sample of its dataset once: no sampler chooses, and none is left out."""
    chosen = any(loader.arguments.get(name, at) is not None for name, at in (("sampler", 3), ("batch_sampler", 4)))
    return No if chosen else ~loader.arguments.says("drop_last", 8, default=No)
