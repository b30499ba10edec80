"""What a loader is for, by what was done with its batches or else by its name."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.intent.naming import say_evaluation, say_training
from torchlint.intent.place import NO_NAMES


@dataclass(frozen=True, slots=True)
class LoaderUse:
    """What was seen of a loader.

    `trains` and `evaluates` say that models were trained or merely run on its batches, `read` that a loop went through
    it and did neither. `shows_evaluation` says that a loop which evaluates on it is named so; `keeps_order` that its
    author wrote `shuffle=False`.
    """

    names: frozenset[str] = NO_NAMES
    trains: bool = False
    evaluates: bool = False
    read: bool = False
    shows_evaluation: bool = False
    keeps_order: bool = False


def is_for_training(use: LoaderUse) -> Answer:
    """Whether a loader's batches train.

    A name alone counts only where nothing else was seen: training data that is measured, or read in order for
    something else, may be given by a second loader of that name, and what trains may not have been seen.
    """
    named = say_training(use.names)
    if use.trains or (named and not (use.evaluates or use.read or use.keeps_order)):
        return Yes
    if named:
        return Unknown
    return No if use.evaluates or say_evaluation(use.names) else Unknown


def is_for_evaluation(use: LoaderUse) -> Answer:
    """Whether a loader's batches evaluate: by its name, or by that of the loop which runs a model on them.

    That a model is merely run says nothing: features of training data are collected in the same way.
    """
    return Yes if say_evaluation(use.names) or use.shows_evaluation else Unknown


def evaluates_too(use: LoaderUse) -> bool:
    """Whether a loader evaluates, be it beside training; training data that is measured as well may be shuffled."""
    return not say_training(use.names) and (use.evaluates or is_for_evaluation(use) is Yes)


def is_for_evaluation_alone(use: LoaderUse) -> Answer:
    """Whether a loader's batches, or what a dataset gives, evaluate, and its name does not say training."""
    return No if say_training(use.names) else is_for_evaluation(use)
