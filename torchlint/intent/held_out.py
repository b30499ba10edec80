"""Data that is held out for evaluation by its name, and training on it that is meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from torchlint.facts.answer import Answer, No, Unknown, Yes, all_of
from torchlint.intent.naming import say, say_evaluation, says_evaluation, says_training
from torchlint.intent.place import NO_NAMES, Place
from torchlint.intent.splits import is_named_for_evaluation, mention_training
from torchlint.knowledge.names import words_of
from torchlint.knowledge.purposes import ADAPTING_WORDS, EVALUATION_WORDS, TRAINING_WORDS


@dataclass(frozen=True, slots=True)
class Data:
    """What a loader is called, and what its dataset is."""

    names: frozenset[str] = NO_NAMES
    of_dataset: frozenset[str] = NO_NAMES

    @property
    def all_names(self) -> frozenset[str]:
        """All names of both."""
        return self.names | self.of_dataset


@dataclass(frozen=True, slots=True)
class TrainingLoop:
    """A loop that trains: the data that it goes over, and where it stands."""

    data: tuple[Data, ...]
    place: Place


def is_held_out(data: Data) -> Answer:
    """Whether a loader is named for validation or test or, where its name says nothing, its dataset is.

    The loader's own name is its author's last word: `train_loader = DataLoader(val_set)` is no held-out data.
    """
    if mention_training(data.names):
        return No
    if say_evaluation(data.names):
        return Yes
    named = say_evaluation(data.of_dataset) and not mention_training(data.of_dataset)
    return Yes if named else Unknown


def is_evaluation_data(data: Data) -> bool:
    """Whether a loader and its dataset, taken together, are named for evaluation."""
    return is_named_for_evaluation(data.all_names)


def is_held_out_of(names: frozenset[str], others: Iterable[str]) -> bool:
    """Whether data is named as the held-out part of what goes by another name there: `x_test` beside `x_train`."""
    held_out = {_whole(name) for name in names if says_evaluation(name)}
    if not held_out or not is_named_for_evaluation(names):
        return False
    return any(says_training(name) and _whole(name) in held_out for name in others)


def _whole(name: str) -> frozenset[str]:
    """The words of a name that say what it is a part of."""
    return frozenset(words_of(name)) - TRAINING_WORDS - EVALUATION_WORDS


def adapts(loop: TrainingLoop) -> bool:
    """Whether a name says that evaluation data is learned from on purpose, as in test-time training and attacks."""
    names = loop.place.functions_named.union(*(each.all_names for each in loop.data))
    return say(names, ADAPTING_WORDS)


def trains_on_held_out(loop: TrainingLoop) -> Answer:
    """Whether a loop trains on nothing but held-out data, and nothing says that this is meant."""
    if not loop.data or adapts(loop):
        return Unknown
    return all_of(Answer.of(is_evaluation_data(each)) for each in loop.data)
