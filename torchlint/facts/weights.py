"""Weights that are meant to stay as they are while a model trains, or to be another model's."""

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
