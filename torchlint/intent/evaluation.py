"""Whether a model is evaluated: by the catalogue, a name, `no_grad` or a metric; and which way a metric gets better."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.schedule import Better
from torchlint.intent.held_out import Data
from torchlint.intent.naming import say, say_evaluation, say_training, says_evaluation, says_measuring
from torchlint.intent.place import Function, Place
from torchlint.knowledge.metrics import HIGHER_IS_BETTER, LOWER_IS_BETTER, TURNED_ROUND
from torchlint.knowledge.names import words_of
from torchlint.knowledge.purposes import WHOLE_BATCH_WORDS

_SEPARATOR = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class ForwardLoop:
    """A loop over data that runs a model and trains nothing: how it runs it, and whether it computes a loss.

    `may_train` says that something unread in it may train.
    """

    data: Data
    place: Place
    in_eval_mode: bool
    without_gradients: bool
    measures: bool
    may_train: bool = False


def evaluates(loop: ForwardLoop) -> Answer:
    """Whether a loop shows itself as evaluation; Unknown where it may collect features or statistics.

    Whatever the data is called, a model that was put in eval mode and is measured on it is evaluated. Training data
    under `no_grad` is not: its author says that it is for training.
    """
    names, functions = loop.data.all_names, loop.place.functions_named
    if say_evaluation(names | functions) or (loop.in_eval_mode and loop.measures and not loop.may_train):
        return Yes
    if say_training(names):
        return No
    measured = loop.measures and any(map(says_measuring, functions))
    return Yes if loop.without_gradients or measured else Unknown


def scores_samples(data: Data, place: Place) -> bool:
    """Whether an evaluation measures each sample for itself: nothing says that its measure needs whole batches."""
    return not say(data.all_names | place.functions_named | place.owners, WHOLE_BATCH_WORDS)


def is_named_for_it(function: Function) -> bool:
    """Whether a function says by its name that it evaluates, and is no unit test."""
    return says_evaluation(function.name) and not function.is_unit_test


def is_shown_by_name(data: Data, place: Place) -> bool:
    """Whether an evaluation is named so, by its data or by the innermost function."""
    return say_evaluation(data.all_names) or any(map(is_named_for_it, place.functions[-1:]))


def better_by_name(names: Iterable[str]) -> Better | None:
    """Which way a measure gets better that goes by these names; None where they say neither, or both."""
    words = frozenset(word for name in names for word in (*words_of(name), *_SEPARATOR.split(name.lower())))
    rises, falls = not words.isdisjoint(HIGHER_IS_BETTER), not words.isdisjoint(LOWER_IS_BETTER)
    if rises is falls or not words.isdisjoint(TURNED_ROUND):
        return None
    return Better.HIGHER if rises else Better.LOWER
