"""The dataset and the sampler of a loader: what the objects say, and what the text of the call says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torchlint.facts.answer import Answer, Unknown, Yes
from torchlint.facts.data import Dataset, Sampler
from torchlint.knowledge.data import EVALUATION_PARTS, PART_ARGUMENTS, TRAINING_PARTS
from torchlint.live.text.constructions import gives, is_changed_argument, names_of_argument, site_of_argument
from torchlint.live.text.spots import Spot

if TYPE_CHECKING:
    from torch.utils.data import DataLoader


def dataset_of(loader: DataLoader[Any], birth: tuple[Spot, ...], iterable: bool) -> Dataset:
    """The dataset of a loader that was built by these calls."""
    dataset = loader.dataset
    given = ("dataset", 0)
    return Dataset(
        type(dataset).__name__,
        site_of_argument(birth, *given),
        names_of_argument(birth, *given),
        fake=Answer.of(type(_whole(dataset)).__name__ == "FakeData"),
        iterable=Answer.of(iterable),
        training_part=Unknown if is_changed_argument(birth, *given) else _training_part(dataset),
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
    asked = gives(birth, ("sampler", 3), "shuffle", 3) if distributed else Answer.of(isinstance(sampler, RandomSampler))
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
