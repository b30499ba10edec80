"""What transforms are for: labels in place of inputs, augmentation at test time."""

from __future__ import annotations

from collections.abc import Iterable

from torchlint.facts.answer import Answer
from torchlint.intent.naming import say
from torchlint.knowledge.names import words_of
from torchlint.knowledge.purposes import LABELLING_WORDS, TEST_TIME_WORDS, TRANSFORMING_WORDS


def augments_at_test_time(names: Iterable[str]) -> Answer:
    """Whether a name on the way from a transform to its loader says test-time augmentation."""
    every = [frozenset(words_of(name)) for name in names]
    return Answer.of(any(words & TEST_TIME_WORDS or {"test", "time"} <= words for words in every))


def is_named_as_transform(name: str) -> bool:
    """Whether an attribute of a dataset is named for what it does to its samples."""
    return say((name,), TRANSFORMING_WORDS)


def transforms_labels(names: Iterable[str]) -> bool:
    """Whether a transform is named for labels or masks."""
    return say(names, LABELLING_WORDS)
