"""The datasets, loaders, samplers and transforms, held against torch and, where it can be imported, torchvision."""

from __future__ import annotations

import inspect
import sys
from types import ModuleType

import torch.utils.data

from torchlint.facts.answer import No, Yes
from torchlint.knowledge.data import DATASETS, INNER_DATASETS, ITERABLE_DATASETS, SAMPLERS, WRAPPERS
from torchlint.knowledge.transforms import OF_PACKAGES, ROLES, TRANSFORM_CLASSES


def test_every_sampler_is_known() -> None:
    assert {name for name in dir(torch.utils.data) if name.endswith("Sampler")} == SAMPLERS.keys()


def test_samplers_shuffle_as_said() -> None:
    indices = range(100)
    torch.manual_seed(0)
    made = {
        "SequentialSampler": torch.utils.data.SequentialSampler(indices),
        "RandomSampler": torch.utils.data.RandomSampler(indices),
        "SubsetRandomSampler": torch.utils.data.SubsetRandomSampler(indices),
        "WeightedRandomSampler": torch.utils.data.WeightedRandomSampler([1.0] * 100, 100),
    }
    assert made.keys() == {name for name, kind in SAMPLERS.items() if kind.shuffles in (Yes, No)}
    for name, sampler in made.items():
        assert (list(sampler) != list(indices)) is (SAMPLERS[name].shuffles is Yes), name


def test_a_distributed_sampler_takes_ranks() -> None:
    for name, kind in SAMPLERS.items():
        takes_ranks = "rank" in inspect.signature(getattr(torch.utils.data, name).__init__).parameters
        assert kind.distributed is takes_ranks, name


def test_wrappers_are_datasets_of_torch() -> None:
    for name in WRAPPERS | ITERABLE_DATASETS:
        assert issubclass(getattr(torch.utils.data, name), torch.utils.data.Dataset), name


def test_datasets_keep_those_that_they_are_made_of_where_it_is_said() -> None:
    inner = torch.utils.data.TensorDataset(torch.zeros(4))
    outer = (
        torch.utils.data.Subset(inner, [0, 1]),
        torch.utils.data.ConcatDataset([inner, inner]),
        torch.utils.data.StackDataset(inner, inner),
    )
    assert all(INNER_DATASETS & vars(each).keys() for each in outer)


def test_every_dataset_of_torchvision_is_known(torchvision: ModuleType) -> None:
    classes = {name for name in torchvision.datasets.__all__ if inspect.isclass(getattr(torchvision.datasets, name))}
    assert classes - {"VisionDataset"} == DATASETS.keys()


def test_where_the_arguments_of_datasets_stand(torchvision: ModuleType) -> None:
    for name, kind in DATASETS.items():
        order = list(inspect.signature(getattr(torchvision.datasets, name)).parameters)
        assert kind.transform == (order.index("transform") if "transform" in order else None), name
        if "target_transform" in order:
            assert order.index("target_transform") == order.index("transform") + 1, name
        if kind.part is not None:
            assert kind.part_position == (order.index(kind.part) if kind.part in order else None), name
        else:
            assert not {"train", "split", "image_set"} & set(order), name


def test_every_transform_of_torchvision_has_a_role(torchvision: ModuleType) -> None:
    no_transforms = {"InterpolationMode", "AutoAugmentPolicy", "Transform"}
    for place in (torchvision.transforms, torchvision.transforms.v2):
        classes = {name for name in dir(place) if inspect.isclass(getattr(place, name)) and name[0].isupper()}
        assert classes - no_transforms - ROLES.keys() == set()


def test_transforms_stand_where_it_is_said(torchvision: ModuleType) -> None:
    place = sys.modules[TRANSFORM_CLASSES]
    assert place.Compose is torchvision.transforms.Compose
    kinds = (torchvision.transforms.Compose, torchvision.transforms.v2.Normalize, torch.nn.Sequential)
    assert all(kind.__module__.startswith(OF_PACKAGES) for kind in kinds)
