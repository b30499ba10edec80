"""The functions and tensor methods, held against torch."""

from __future__ import annotations

import inspect

import torch
from torch.nn import functional

from torchlint.facts.layer import Range
from torchlint.knowledge.functional import (
    ACTIVATIONS,
    ALWAYS_IN_PLACE,
    CUTS_GRAPH,
    DROPOUTS,
    ELEMENTWISE,
    FETCHES,
    GUESSES_DIMENSION,
    IN_PLACE,
    JOINS,
    KEEPS_RANGE,
    LIKE_ANOTHER,
    LOGARITHM_OF,
    LOGARITHMS,
    NEW_TENSOR,
    NO_TENSOR,
    RANGES,
    SAME_TENSOR,
    SAY_WHAT_IT_IS,
    SIZED_BY_LIST,
    TYPED,
    UNBOUND,
    UNSIZED,
    WEIGHTED,
)

PLACES = (functional, torch, torch.special, torch.Tensor)
SCORES = torch.randn(3, 4, generator=torch.Generator().manual_seed(0)) * 3


def bounds(values: torch.Tensor) -> tuple[float, float]:
    return values.min().item(), values.max().item()


def test_activations_exist_and_give_their_range() -> None:
    limits = {
        Range.PROBABILITIES: (0, 1),
        Range.UNIT: (0, 1),
        Range.NON_NEGATIVE: (0, float("inf")),
        Range.HARDLY_NEGATIVE: (-2, float("inf")),
        Range.SIGNED_UNIT: (-1, 1),
        Range.LOG_PROBABILITIES: (-float("inf"), 0),
        Range.LOG_UNIT: (-float("inf"), 0),
    }
    for name, expected in ACTIVATIONS.items():
        place = next(place for place in PLACES if hasattr(place, name))
        keywords = {"dim": 1} if name in ("softmax", "softmin", "gumbel_softmax", "log_softmax") else {}
        low, high = bounds(getattr(place, name)(SCORES.clone(), **keywords))
        assert limits[expected][0] <= low, name
        assert high <= limits[expected][1], name
        assert expected not in (Range.SIGNED_UNIT, Range.HARDLY_NEGATIVE) or low < 0


def test_what_gives_no_tensor_is_there() -> None:
    places = (torch, torch.cuda, torch.distributed, torch.backends.mps)
    accelerator = {"current_accelerator"}  # Of a release of torch that need not be the one that is installed.
    assert [name for name in NO_TENSOR - accelerator if not any(hasattr(place, name) for place in places)] == []
    assert [name for name in TYPED if not hasattr(torch, name)] == []


def test_functions_that_bind_nothing_are_functions_of_torch() -> None:
    assert [name for name in WEIGHTED | UNBOUND if not hasattr(functional, name)] == []
    assert not (WEIGHTED | UNBOUND) & (KEEPS_RANGE | ACTIVATIONS.keys())
    assert not WEIGHTED & UNBOUND


def test_what_leaves_the_shape_alone() -> None:
    assert SAME_TENSOR < KEEPS_RANGE
    assert LIKE_ANOTHER < NEW_TENSOR
    others = {"pow": (2,), "clamp": (0, 1), "clip": (0, 1), **dict.fromkeys(("add", "sub", "mul", "div"), (SCORES,))}
    for name in ELEMENTWISE:
        assert getattr(torch, name)(SCORES, *others.get(name, ())).shape == SCORES.shape, name


def test_logarithms() -> None:
    assert all(hasattr(torch.Tensor, name) for name in LOGARITHMS)
    made = {Range.PROBABILITIES: functional.softmax(SCORES, dim=1), Range.UNIT: torch.sigmoid(SCORES)}
    assert made.keys() == LOGARITHM_OF.keys()
    assert torch.allclose(made[Range.PROBABILITIES].log().exp().sum(1), torch.ones(3))
    assert bounds(made[Range.UNIT].log())[1] <= 0


def test_joins_put_tensors_together_as_they_are() -> None:
    for name in JOINS:
        assert bounds(getattr(torch, name)([SCORES, SCORES])) == bounds(SCORES), name


def test_what_guesses_its_dimension() -> None:
    for name, position in GUESSES_DIMENSION.items():
        parameters = list(inspect.signature(getattr(functional, name)).parameters.values())
        assert (parameters[position].name, parameters[position].default) == ("dim", None), name


def test_dropouts_that_are_on_unless_training_says_otherwise() -> None:
    on: set[str] = set()
    for name in dir(functional):
        if "dropout" in name and not name.startswith("_"):
            training = inspect.signature(getattr(functional, name)).parameters["training"].default
            if training:
                on.add(name)
    assert on == DROPOUTS


def test_methods_are_methods_of_tensors_and_do_only_one_thing() -> None:
    for name in KEEPS_RANGE | CUTS_GRAPH:
        assert callable(getattr(torch.Tensor, name)), name
    assert not KEEPS_RANGE & CUTS_GRAPH
    assert not KEEPS_RANGE & ACTIVATIONS.keys()


def test_what_cuts_the_graph_cuts_it() -> None:
    for name in CUTS_GRAPH:
        scores = (SCORES.clone().requires_grad_() * 2).sum()
        made = getattr(scores if name not in ("numpy", "tolist") else scores.detach(), name)()
        assert not getattr(made, "requires_grad", False), name


def test_new_tensors_come_from_torch() -> None:
    assert all(callable(getattr(torch, name)) for name in NEW_TENSOR)


def test_what_asks_a_tensor_what_it_is_and_what_fetches_its_values() -> None:
    assert all(hasattr(SCORES, name) for name in SAY_WHAT_IT_IS)
    assert all(callable(getattr(SCORES, name)) for name in FETCHES)


def test_how_new_tensors_are_told_their_size() -> None:
    assert SIZED_BY_LIST.keys() | RANGES | UNSIZED <= NEW_TENSOR
    assert torch.full((2, 3), 1.0).shape == torch.normal(0.0, 1.0, (2, 3)).shape == torch.randint(5, (2, 3)).shape
    assert all(getattr(torch, name)(*([1] if name == "randperm" else [1, 2, 1])).ndim == 1 for name in RANGES)
    for name in NEW_TENSOR - SIZED_BY_LIST.keys() - RANGES - UNSIZED - LIKE_ANOTHER:
        assert getattr(torch, name)(2, 3).shape == getattr(torch, name)((2, 3)).shape == (2, 3), name


def test_where_functions_are_told_to_change_their_input() -> None:
    for name, position in IN_PLACE.items():
        assert list(inspect.signature(getattr(functional, name)).parameters)[position] == "inplace", name
    for name in ALWAYS_IN_PLACE:
        values = SCORES.clone()
        arguments = {"threshold_": (0.0, 0.0)}.get(name, ())
        assert getattr(functional, name)(values, *arguments) is values, name
