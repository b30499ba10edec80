"""Names and positions of arguments, held against torch."""

from __future__ import annotations

import importlib
import inspect
import operator

import pytest

from torchlint.knowledge import arguments
from torchlint.knowledge.arguments import Argument
from torchlint.knowledge.functional import DROPOUTS

ALL = [each for each in vars(arguments).values() if isinstance(each, Argument)]


def function(dotted: str) -> object:
    package, _, rest = dotted.partition(".")
    importlib.import_module("torch.optim.lr_scheduler")
    return operator.attrgetter(rest)(importlib.import_module(package))


@pytest.mark.parametrize("argument", ALL, ids=lambda argument: f"{argument.function}:{argument.name}")
def test_an_argument_stands_where_it_is_said_to(argument: Argument) -> None:
    found = function(argument.function)
    assert callable(found)
    parameters = list(inspect.signature(found).parameters)
    assert parameters.index(argument.name) == argument.position


@pytest.mark.parametrize("name", sorted(DROPOUTS))
def test_every_dropout_takes_its_mode_at_the_same_position(name: str) -> None:
    found = function(f"torch.nn.functional.{name}")
    assert callable(found)
    known = arguments.DROPOUT_TRAINING
    assert list(inspect.signature(found).parameters).index(known.name) == known.position


def test_what_a_call_gives() -> None:
    closure = arguments.STEP_CLOSURE
    assert closure.given(("optimizer", 1), {}) == closure.given(("optimizer",), {"closure": 1}) == 1
    assert closure.given(("optimizer",), {}) is None
    assert not closure.is_given(("optimizer",), {})
