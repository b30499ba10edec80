"""What is done with the batches of each loader: whether they are normalised, and what outputs are compared with."""

from __future__ import annotations

from enum import Enum, auto

from torchlint.facts.layer import Range
from torchlint.facts.loss import Origin
from torchlint.source.paper.detect.detector import Analysis, listens
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.occurrences.data import BatchFed, BatchNormalised
from torchlint.source.paper.occurrences.training import LossCompared, LossMade
from torchlint.source.paper.python.machine import Machine


class Treatment(Enum):
    """What is done with batches."""

    NORMALISED = auto()
    COMPARED = auto()
    """What a model made of them is compared with another part of them."""
    COMPARED_UNSEEN = auto()
    """What a model made of them goes into a loss that was not read and may compare it with the input."""
    TARGET_APPROACHED = auto()
    """A loss that does not tell prediction and target apart compares with their target."""
    INPUT_IS_TARGET = auto()
    """What a model made of them is compared with the input itself."""


class BatchTreatments(Analysis):
    """What is done with batches, by the number of their loader.

    `_judged` are the loaders of which a model is given batches beside what another model makes, by that model's number;
    `_judges_made` the models that are given such.
    """

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._treatments: dict[int, set[Treatment]] = {}
        self._judged: dict[int, set[int]] = {}
        self._judges_made: set[int] = set()

    def of(self, loader: int) -> frozenset[Treatment]:
        """What is done with the batches of a loader."""
        return frozenset(self._treatments.get(loader, ()))

    def _add(self, loader: int, treatment: Treatment) -> None:
        self._treatments.setdefault(loader, set()).add(treatment)

    @listens
    def collect_normalised(self, normalised: BatchNormalised) -> None:
        """A batch is normalised outside its pipeline."""
        self._add(normalised.loader, Treatment.NORMALISED)

    @listens
    def collect_loss(self, made: LossMade) -> None:
        """What a model made of a batch was compared with another part of it, or nobody saw with what.

        A loss that was not read and is given no target may compare with the input.
        """
        unseen = not made.read and all(each.origin in (Origin.OUTPUT, Origin.LOSS) for each in made.given)
        for each in made.given:
            if unseen:
                self._add(each.loader, Treatment.COMPARED_UNSEEN)
            elif each.origin is Origin.TARGET:
                self._add(each.loader, Treatment.COMPARED)

    @listens
    def collect_comparison(self, compared: LossCompared) -> None:
        """A loss compares with the target of a batch, or with its input."""
        prediction, target = compared.prediction, compared.target
        if compared.symmetric and isinstance(target, TensorValue) and target.origin is Origin.TARGET:
            self._add(target.loader, Treatment.TARGET_APPROACHED)
        for first, second in ((prediction, target), (target, prediction)):
            if not (isinstance(first, TensorValue) and isinstance(second, TensorValue)):
                continue
            known = second.origin in (Origin.OUTPUT, Origin.LOSS) and first.loader >= 0
            if known and first.origin is Origin.INPUT:
                self._add(first.loader, Treatment.INPUT_IS_TARGET)

    @listens
    def collect_judged(self, fed: BatchFed) -> None:
        """A model that judges batches and what another model makes compares the two: one is to be like the other."""
        judge = fed.model.number
        judged = self._judged.setdefault(judge, set())
        judged |= {each.loader for each in fed.inputs if each.origin in (Origin.INPUT, Origin.TARGET)}
        if any(_is_made(each, judge) for each in fed.inputs):
            self._judges_made.add(judge)
        if judge in self._judges_made:
            for loader in judged:
                self._add(loader, Treatment.INPUT_IS_TARGET)


def _is_made(tensor: TensorValue, judge: int) -> bool:
    """Whether another model made a tensor, and not as an image between -1 and 1."""
    if tensor.origin is not Origin.OUTPUT or tensor.range is Range.SIGNED_UNIT:
        return False
    return judge not in tensor.subject.own
