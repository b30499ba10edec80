"""Datasets, loaders and samplers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DatasetKind:
    """A torchvision dataset: whether its samples are `images`."""

    name: str
    images: bool = True


_IMAGES = (
    "CIFAR10 CIFAR100 CelebA Caltech101 Caltech256 CocoDetection CocoCaptions Cityscapes Country211 DTD DatasetFolder "
    "EMNIST EuroSAT FER2013 FGVCAircraft FakeData FashionMNIST Flickr8k Flickr30k Flowers102 Food101 GTSRB INaturalist "
    "ImageFolder ImageNet Imagenette KMNIST Kitti LFWPairs LFWPeople LSUN MNIST Omniglot OxfordIIITPet PCAM PhotoTour "
    "Places365 QMNIST RenderedSST2 SBDataset SBU SEMEION STL10 SUN397 SVHN StanfordCars USPS VOCDetection "
    "VOCSegmentation WIDERFace"
).split()
DATASETS = {name: DatasetKind(name) for name in _IMAGES}
WRAPPERS = frozenset("Subset ConcatDataset StackDataset TensorDataset ChainDataset".split())
SAMPLERS = frozenset(
    "RandomSampler SequentialSampler SubsetRandomSampler WeightedRandomSampler BatchSampler DistributedSampler Sampler"
    .split()
)
LOADERS = frozenset(("DataLoader",))
