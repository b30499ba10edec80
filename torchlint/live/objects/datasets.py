"""Datasets and samplers as loaders were given them: what the objects say, and what the text says of their making."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from torchlint.facts.answer import Answer, Unknown, Yes
from torchlint.facts.data import Dataset, Sampler
from torchlint.facts.site import Site
from torchlint.knowledge.data import EVALUATION_PARTS, PART_ARGUMENTS, TRAINING_PARTS
from torchlint.live.stream.places import Spot
from torchlint.live.text.pages import argument, names_in

if TYPE_CHECKING:
    from torch.utils.data import DataLoader


def dataset_of(loader: DataLoader[Any], birth: tuple[Spot, ...], iterable: bool) -> Dataset:
    """The dataset of a loader that was built by these calls."""
    dataset = loader.dataset
    given = _argument(birth, "dataset", 0)
    made = _made(birth, given)
    changed = isinstance(given, ast.Name) and given.id in birth[-1].page.changed
    return Dataset(
        type(dataset).__name__,
        made,
        names_in(given) if given is not None else frozenset(),
        fake=Answer.of(type(_whole(dataset)).__name__ == "FakeData"),
        iterable=Answer.of(iterable),
        training_part=Unknown if changed else _training_part(dataset),
        in_memory=Answer.of(_is_in_memory(dataset) or None),
    )


def drawn_by(sampler: Any, birth: tuple[Spot, ...]) -> Sampler | None:
    """What draws for a loader that was built by these calls."""
    from torch.utils.data import DistributedSampler, RandomSampler, SequentialSampler

    if sampler is None:
        return None
    distributed = isinstance(sampler, DistributedSampler)
    shuffles = getattr(sampler, "shuffle", None) if distributed else None
    if isinstance(sampler, (RandomSampler, SequentialSampler)):
        shuffles = isinstance(sampler, RandomSampler)
    asked = _asked_to_shuffle(birth) if distributed else Answer.of(isinstance(sampler, RandomSampler))
    return Sampler(type(sampler).__name__, Answer.of(shuffles), asked, Answer.of(distributed))


def _training_part(dataset: object) -> Answer:
    """Whether a dataset says of itself that it was built as the training part (`train=True`), or as another."""
    for name, value in getattr(dataset, "__dict__", {}).items():
        if name in PART_ARGUMENTS and isinstance(value, (bool, str)):
            if value is True or value in TRAINING_PARTS:
                return Yes
            if value is False or value in EVALUATION_PARTS:
                return Answer.NO
    return Unknown


def _is_in_memory(dataset: Any) -> bool:
    """Whether samples are there already, also where a part of them was chosen."""
    from torch.utils.data import TensorDataset

    return isinstance(_whole(dataset), (TensorDataset, list, tuple))


def _whole(dataset: Any) -> Any:
    """The dataset of which a part was chosen."""
    from torch.utils.data import Subset

    while isinstance(dataset, Subset):
        dataset = dataset.dataset
    return dataset


def _asked_to_shuffle(birth: tuple[Spot, ...]) -> Answer:
    call = _call(birth, _argument(birth, "sampler", 3))
    if call is None or any(each.arg is None for each in call.keywords):
        return Unknown
    return Answer.of(any(each.arg == "shuffle" for each in call.keywords) or len(call.args) > 3)


def _made(birth: tuple[Spot, ...], given: ast.expr | None) -> Site | None:
    call = _call(birth, given)
    return birth[-1].page.site(call) if call is not None else None


def _argument(birth: tuple[Spot, ...], name: str, position: int) -> ast.expr | None:
    """What stands in the call that built a loader."""
    return argument(birth[-1].node if birth else None, name, position)


def _call(birth: tuple[Spot, ...], given: ast.expr | None) -> ast.Call | None:
    """The call that an argument is, or that the same function gave its name to last."""
    match given:
        case ast.Call():
            return given
        case ast.Name(id=name):
            value = birth[-1].page.value_of(name, given)
            return value if isinstance(value, ast.Call) else None
    return None
