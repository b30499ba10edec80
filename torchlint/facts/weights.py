"""Weights that are meant to stay as they are while a model trains, to be another model's, or to be loaded."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer
from torchlint.facts.fact import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWeights(Fact):
    """What `state_dict()` gave is kept, and loaded or saved later.

    `overwritten` is Yes when a moment's weights were to be kept, and they are the model's own, which has been trained
    by the time that they are used.
    """

    model: str
    overwritten: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondName(Fact):
    """A model that `model` names is given a second `name`, and under one updated from itself under the other.

    `site` is the assignment that makes no copy.
    """

    name: str
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedWeights(Fact):
    """Weights were loaded into a model, and those that did not fit were left out.

    `own` are the model's weights, `given` those that were to be loaded, and `fitting` have one name in both. So many
    as `renamed` would, if `prefix` were taken off the names of what is given, or put before them as `missing_prefix`.
    """

    model: str
    own: int
    given: int
    fitting: int
    renamed: int = 0
    prefix: str = ""
    missing_prefix: str = ""
