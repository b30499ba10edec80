"""Whether a model is evaluated: by the catalogue, by a name, by `no_grad`, or by a metric beside training."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.intent.held_out import Data
from torchlint.intent.naming import say, say_evaluation, say_training, says_evaluation, says_measuring
from torchlint.intent.place import Function, Place
from torchlint.knowledge.purposes import WHOLE_BATCH_WORDS


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
