"""Parts of data by name: what a variable that holds some of it is for."""

from __future__ import annotations

from collections.abc import Iterable, Set

from torchlint.intent.naming import mentions_training, say_evaluation, say_training, says_evaluation, says_training


def is_named_as_part(name: str) -> bool:
    """Whether a name says for which of both a part of the data is: training or evaluation."""
    return says_training(name) or says_evaluation(name)


def is_named_for_training(names: Set[str]) -> bool:
    """Whether one of a thing's names says training, and none says evaluation."""
    return say_training(names) and not say_evaluation(names)


def is_named_for_evaluation(names: Set[str]) -> bool:
    """Whether one of a thing's names says evaluation, and none says training."""
    return say_evaluation(names) and not say_training(names)


def mention_training(names: Iterable[str]) -> bool:
    """Whether one of a thing's names speaks of training, be it along with evaluation: it is not all of the data."""
    return any(map(mentions_training, names))
