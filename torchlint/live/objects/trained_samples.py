"""Samples that are evaluated on and were trained on before, told by the bits of their inputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch

from torchlint.facts.answer import No
from torchlint.facts.data import SamplesTrainedOn
from torchlint.intent.loader_use import is_for_training
from torchlint.intent.sanity_checks import DrawnBatch, is_sanity_check
from torchlint.live.objects.loaders import Loaders
from torchlint.live.objects.tensors import tensors_in
from torchlint.live.stream.events import BackwardEnded, BatchDrawn, LoaderIterated
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here
from torchlint.live.text.around import place_of

MOST = 2048
"""So many samples of a loader are looked at, in its first epoch."""
ENOUGH = 4096
"""About so many bytes of each, spread over it."""


@dataclass(slots=True)
class Samples:
    """The samples of a loader's first epoch; `trained_by` are the loaders that trained last when it was drawn from."""

    epochs: int = 0
    marks: list[int] = field(default_factory=list)
    trained_by: set[int] = field(default_factory=set)


class TrainedSamples(Observer):
    """The samples of each loader, by its number.

    A loader is compared with the one that trained last before it, for the folds of a cross validation train other
    models.
    """

    def __init__(self, loaders: Loaders) -> None:
        self._loaders = loaders
        self._samples: dict[int, Samples] = {}
        self._drawn = self._trained = 0

    @on(LoaderIterated)
    def loader_iterated(self, event: LoaderIterated, here: Here) -> None:
        """An epoch begins."""
        self._of(event.loader).epochs += 1

    @on(BatchDrawn)
    def batch_drawn(self, event: BatchDrawn, here: Here) -> None:
        """Samples of a first epoch are marked."""
        samples = self._of(event.loader)
        self._drawn = self._loaders.of(event.loader).number
        if samples.epochs > 1 or len(samples.marks) >= MOST:
            return
        if self._trained and self._trained != self._drawn:
            samples.trained_by.add(self._trained)
        samples.marks += _marks(event.batch)

    @on(BackwardEnded)
    def backward_ended(self, event: BackwardEnded, here: Here) -> None:
        """The loader that was drawn from last trains."""
        self._trained = self._drawn

    def finish(self) -> Iterable[SamplesTrainedOn]:
        """What was found of each loader that evaluates."""
        for number, samples in self._samples.items():
            known = self._loaders.by_number(number)
            if not known.evaluates or not known.built_by or not samples.marks or is_for_training(known.use) is not No:
                continue
            for trained in samples.trained_by:
                source = self._loaders.by_number(trained)
                seen = self._samples[trained].marks
                if source.source == known.source or not seen:
                    continue  # One dataset in both loaders is told of as such.
                among = Counter(seen)
                yield SamplesTrainedOn(
                    site=known.site,
                    via=tuple(spot.site for spot in known.built_by[:-1]),
                    looked_at=len(samples.marks),
                    found=sum(mark in among for mark in samples.marks),
                    repeated=sum(times for times in among.values() if times > 1) / len(seen),
                    deliberate=is_sanity_check(DrawnBatch(place_of(known.built_by), known.data.all_names)),
                )

    def _of(self, loader: Any) -> Samples:
        return self._samples.setdefault(self._loaders.of(loader).number, Samples())


def _marks(batch: Any) -> Iterator[int]:
    """A mark for each sample, of the bits of its input; none where a sample is a single number."""
    inputs = next((each for each in tensors_in(batch) if each.dim() > 1), None)
    if inputs is None or inputs.device.type != "cpu" or inputs.layout is not torch.strided or not inputs.numel():
        return
    rows = inputs.detach().reshape(len(inputs), -1).contiguous().view(torch.uint8)
    rows = rows[:, :: 1 + rows.shape[1] // ENOUGH].contiguous()
    yield from (hash(row.numpy().tobytes()) for row in rows)
