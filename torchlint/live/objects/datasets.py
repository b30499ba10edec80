"""The dataset and the sampler of a loader: what the objects say, and what the text of the call says."""

from __future__ import annotations

import dis
from typing import Any

from torch.utils.data import DataLoader, DistributedSampler, RandomSampler, SequentialSampler, Subset, TensorDataset

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.data import Dataset, Sampler
from torchlint.knowledge.arguments import DISTRIBUTED_SHUFFLE, LOADER_DATASET, LOADER_SAMPLER
from torchlint.knowledge.data import EVALUATION_PARTS, FAKE_DATASETS, PART_ARGUMENTS, TRAINING_PARTS
from torchlint.live.text.constructions import (
    gives,
    is_changed_argument,
    name_of_argument,
    names_of_argument,
    site_of_argument,
)
from torchlint.live.text.spots import Spot


def dataset_of(loader: DataLoader[Any], built_by: tuple[Spot, ...], iterable: bool) -> Dataset:
    """The dataset of a loader that was built by these calls."""
    dataset = loader.dataset
    return Dataset(
        type(dataset).__name__,
        site_of_argument(built_by, LOADER_DATASET),
        names_of_argument(built_by, LOADER_DATASET),
        fake=Answer.of(type(_whole(dataset)).__name__ in FAKE_DATASETS),
        iterable=Answer.of(iterable),
        training_part=Unknown if is_changed_argument(built_by, LOADER_DATASET) else _training_part(dataset),
        in_memory=Answer.of(_is_in_memory(dataset) or None),
        ordered=_ordered(dataset),
    )


def drawn_by(sampler: Any, built_by: tuple[Spot, ...]) -> Sampler | None:
    """What draws for a loader that was built by these calls."""
    if sampler is None:
        return None
    name, names = type(sampler).__name__, name_of_argument(built_by, LOADER_SAMPLER)
    if isinstance(sampler, DistributedSampler):
        asked = gives(built_by, LOADER_SAMPLER, DISTRIBUTED_SHUFFLE)
        shuffled = Answer.of(getattr(sampler, "shuffle", None)) if _draws_by_epoch(sampler) else Unknown
        return Sampler(name, shuffled, asked, Yes, names)
    random = isinstance(sampler, RandomSampler)
    shuffles = random if isinstance(sampler, (RandomSampler, SequentialSampler)) else None
    return Sampler(name, Answer.of(shuffles), Answer.of(random), No, names)


def _draws_by_epoch(sampler: DistributedSampler[Any]) -> bool:
    """Whether a sampler leaves its order to torch, or asks for the epoch itself."""
    kind: Any = type(sampler)
    torchs: Any = DistributedSampler
    code = getattr(kind.__iter__, "__code__", None)
    return kind.__iter__ is torchs.__iter__ or code is None or "epoch" in code.co_names


def _training_part(dataset: object) -> Answer:
    """Whether a dataset says of itself that it was built as the training part (`train=True`), or as another."""
    for name, value in getattr(dataset, "__dict__", {}).items():
        if name in PART_ARGUMENTS and isinstance(value, (bool, str)):
            if value is True or value in TRAINING_PARTS:
                return Yes
            if value is False or value in EVALUATION_PARTS:
                return Answer.NO
    return Unknown


def _ordered(dataset: Any) -> Answer:
    """No where the dataset gives any sample for any index: the code of its `__getitem__` never reads it."""
    code = getattr(type(dataset).__getitem__, "__code__", None) if hasattr(type(dataset), "__getitem__") else None
    if code is None or code.co_argcount < 2:
        return Unknown
    index = code.co_varnames[1]
    read = {name for each in dis.get_instructions(code) for name in _as_names(each.argval)}
    return Answer.of(index in read)


def _as_names(argument: object) -> tuple[object, ...]:
    """The variables of an instruction; some read two at once."""
    return argument if isinstance(argument, tuple) else (argument,)


def _is_in_memory(dataset: Any) -> bool:
    """Whether samples are there already, also where a part of them was chosen."""
    return isinstance(_whole(dataset), (TensorDataset, list, tuple))


def _whole(dataset: Any) -> Any:
    """The dataset of which a part was chosen."""
    while isinstance(dataset, Subset):
        dataset = dataset.dataset
    return dataset
