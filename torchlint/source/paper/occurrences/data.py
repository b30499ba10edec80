"""Loaders and their batches."""

from __future__ import annotations

from enum import Enum, auto

from torchlint.facts.site import Site
from torchlint.source.paper.domain.frozen import frozen
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Value
from torchlint.source.paper.occurrences.bus import Occurrence


class Use(Enum):
    """What is done with a loader, or with its batches."""

    READ = auto()
    TRAINS = auto()
    EVALUATES = auto()
    BY_FRAMEWORK = auto()
    """A framework goes through it."""
    DEALT_OUT = auto()
    """A framework gives each process its share."""
    RESAMPLED = auto()
    """Its batches are drawn in a way of their own, whatever it was told."""
    ORDERED_BY_CALLER = auto()
    """The caller of the function that built it decided whether it shuffles."""


@frozen
class LoaderUsed(Occurrence):
    """Something is done with a loader, by its number."""

    loader: int
    use: Use


@frozen
class BatchDrawn(Occurrence):
    """A batch of a loader is drawn by hand, from `source`: an iterator, or what may be one."""

    loader: Value
    source: Value
    site: Site


@frozen
class BatchesYielded(Occurrence):
    """A generator yields a batch of a loader, or all of them."""

    loader: Value


@frozen
class WholeRead(Occurrence):
    """The dataset is asked for of which something is a part."""

    part: Value
    whole: Value


@frozen
class BatchNormalised(Occurrence):
    """The input of a model is shifted or scaled; `loader` is the number of the loader that it comes from."""

    loader: int


@frozen
class BatchFed(Occurrence):
    """A model that is no loss is given these tensors."""

    model: Value
    inputs: tuple[TensorValue, ...]
