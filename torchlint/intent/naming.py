"""What a single name says about purpose: that something trains, evaluates, or measures."""

from __future__ import annotations

from collections.abc import Iterable, Set

from torchlint.knowledge.names import words_of
from torchlint.knowledge.purposes import EVALUATION_WORDS, MEASURING_WORDS, TRAINING_WORDS


def say(names: Iterable[str], words: Set[str]) -> bool:
    """Whether one of these names has one of these words in it."""
    return any(not words.isdisjoint(words_of(name)) for name in names)


def says_training(name: str) -> bool:
    """Whether a name says training. One that says evaluation as well (`train_val_split`) says neither."""
    words = words_of(name)
    return not TRAINING_WORDS.isdisjoint(words) and EVALUATION_WORDS.isdisjoint(words)


def says_evaluation(name: str) -> bool:
    """Whether a name says evaluation, and not training."""
    words = words_of(name)
    return not EVALUATION_WORDS.isdisjoint(words) and TRAINING_WORDS.isdisjoint(words)


def mentions_training(name: str) -> bool:
    """Whether a name speaks of training, be it along with evaluation."""
    return say((name,), TRAINING_WORDS)


def says_measuring(name: str) -> bool:
    """Whether a function's name says that it measures."""
    return say((name,), MEASURING_WORDS)


def say_training(names: Iterable[str]) -> bool:
    """Whether one of a thing's names says training."""
    return any(map(says_training, names))


def say_evaluation(names: Iterable[str]) -> bool:
    """Whether one of a thing's names says evaluation."""
    return any(map(says_evaluation, names))
