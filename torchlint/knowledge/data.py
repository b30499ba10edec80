"""Datasets, loaders and samplers."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.answer import Answer, No, Unknown, Yes


@dataclass(frozen=True, slots=True)
class DatasetKind:
    """A torchvision dataset: whether a sample is one image with its label, and where its arguments stand.

    `transform` is the position of that argument and `target_transform` stands next to it; None means by keyword
    only, or not at all. `part` is the argument that picks the training or the test part.
    """

    name: str
    images: bool = True
    fake: bool = False
    transform: int | None = 2
    part: str | None = None
    part_position: int | None = None


@dataclass(frozen=True, slots=True)
class SamplerKind:
    """A sampler: whether it `shuffles` (Unknown when its arguments decide), and whether it shards among ranks."""

    name: str
    shuffles: Answer
    distributed: bool = False


def _datasets(
    names: str, part: str | None = None, at: int | None = None, transform: int | None = 2, images: bool = True
) -> tuple[DatasetKind, ...]:
    return tuple(DatasetKind(name, images, name == "FakeData", transform, part, at) for name in names.split())


_ALL = (
    *_datasets("CIFAR10 CIFAR100 FashionMNIST KMNIST Kitti MNIST USPS", "train", 1),
    *_datasets("PhotoTour", "train", 2, 3),
    *_datasets("QMNIST", "train", 3, None),
    *_datasets("EMNIST", "train", None, None),
    *_datasets("CLEVRClassification Country211 FER2013 Flowers102 Food101 GTSRB PCAM", "split", 1),
    *_datasets("RenderedSST2 SVHN StanfordCars WIDERFace", "split", 1),
    *_datasets("CelebA DTD FGVCAircraft LFWPairs LFWPeople STL10", "split", 1, 3),
    *_datasets("Cityscapes Imagenette OxfordIIITPet Places365", "split", 1, 4),
    *_datasets("ImageNet", "split", 1, None),
    *_datasets("VOCDetection VOCSegmentation", "image_set", 2, 4),
    *_datasets("SBDataset", "image_set", 1, None),
    *_datasets("LSUN", "classes", 1),
    *_datasets("Caltech256 EuroSAT ImageFolder LSUNClass SBU SEMEION SUN397", transform=1),
    *_datasets("Caltech101 CocoCaptions CocoDetection Flickr8k Flickr30k Omniglot"),
    *_datasets("DatasetFolder FakeData INaturalist", transform=3),
    *_datasets("HMDB51 UCF101", "train", 6, 7, images=False),
    *_datasets("Kinetics", "split", 3, 6, images=False),
    *_datasets("MovingMNIST", "split", 1, 4, images=False),
    *_datasets("ETH3DStereo FlyingChairs FlyingThings3D HD1K InStereo2k Kitti2012Stereo", "split", 1, None, False),
    *_datasets("Kitti2015Stereo KittiFlow Middlebury2014Stereo Sintel", "split", 1, None, False),
    *_datasets("CREStereo CarlaStereo FallingThingsStereo SceneFlowStereo SintelStereo", None, None, None, False),
)
DATASETS: dict[str, DatasetKind] = {kind.name: kind for kind in _ALL}
FAKE_DATASETS = frozenset(kind.name for kind in _ALL if kind.fake)
INNER_DATASETS = frozenset(("dataset", "datasets"))
"""The attributes in which datasets of torch that are made of others keep those."""
CLASS_LABELS = frozenset(
    "CIFAR10 CIFAR100 MNIST FashionMNIST KMNIST EMNIST QMNIST USPS SVHN STL10 ImageFolder DatasetFolder ImageNet "
    "Food101 Flowers102 EuroSAT FGVCAircraft GTSRB StanfordCars PCAM DTD Country211 FER2013 SUN397 Imagenette "
    "Caltech256 FakeData".split()
)
"""Datasets whose target is, unless its arguments say otherwise, the number of a class."""
PART_ARGUMENTS = frozenset("train is_train training split image_set mode phase subset partition part".split())
TRAINING_PARTS = frozenset("train training trainval train+unlabeled train_noval".split())
EVALUATION_PARTS = frozenset("test testing val valid validation validate dev eval evaluation".split())
"""The arguments that say which part of the data a dataset is, and their values for each part."""
HELD_OUT_PART = {
    **dict.fromkeys("Country211 DTD FER2013 FGVCAircraft Flowers102 Food101 GTSRB OxfordIIITPet".split(), "test"),
    **dict.fromkeys("PCAM RenderedSST2 StanfordCars STL10 SVHN CelebA".split(), "test"),
    **dict.fromkeys("ImageNet Imagenette Cityscapes Places365 VOCDetection VOCSegmentation".split(), "val"),
}
"""The part of a dataset, by its class, that is kept out of training and has labels."""
DATA_SCALERS = frozenset(
    "StandardScaler MinMaxScaler RobustScaler MaxAbsScaler PowerTransformer QuantileTransformer PCA TruncatedSVD "
    "SimpleImputer KNNImputer".split()
)
"""What scikit-learn fits to data before it changes it."""
MOMENTS = frozenset("mean std nanmean nanstd".split())
"""Statistics that data is normalised with."""
SPLITS = frozenset("train_test_split random_split".split())
PARTS = frozenset("Subset random_split".split())
"""What makes parts of a dataset: each keeps the whole as its `dataset`."""
WRAPPERS = frozenset("Subset ConcatDataset StackDataset TensorDataset ChainDataset".split())
ITERABLE_DATASETS = frozenset("IterableDataset IterDataPipe ChainDataset".split())
SAMPLERS: dict[str, SamplerKind] = {
    "Sampler": SamplerKind("Sampler", Unknown),
    "SequentialSampler": SamplerKind("SequentialSampler", No),
    "RandomSampler": SamplerKind("RandomSampler", Yes),
    "SubsetRandomSampler": SamplerKind("SubsetRandomSampler", Yes),
    "WeightedRandomSampler": SamplerKind("WeightedRandomSampler", Yes),
    "BatchSampler": SamplerKind("BatchSampler", Unknown),
    "DistributedSampler": SamplerKind("DistributedSampler", Unknown, distributed=True),
}
LOADERS = frozenset(("DataLoader",))
LOADERS_ELSEWHERE: dict[str, str | None] = {
    "torch_geometric.data.DataLoader": "shuffle",
    "torch_geometric.loader.DataLoader": "shuffle",
    "torch_geometric.loader.DenseDataLoader": "shuffle",
    "torch_geometric.loader.NeighborLoader": "shuffle",
    "torch_geometric.loader.LinkNeighborLoader": "shuffle",
    "torch_geometric.loader.ClusterLoader": "shuffle",
    "torchdata.stateful_dataloader.StatefulDataLoader": "shuffle",
    "monai.data.DataLoader": "shuffle",
    "torchtext.data.Iterator": "train",
    "torchtext.data.BucketIterator": "train",
    "torchtext.legacy.data.Iterator": "train",
    "torchtext.legacy.data.BucketIterator": "train",
    "timm.data.create_loader": "is_training",
    "webdataset.WebLoader": None,
    "nvidia.dali.plugin.pytorch.DALIGenericIterator": None,
    "nvidia.dali.plugin.pytorch.DALIClassificationIterator": None,
}
"""Loaders of other packages, and the argument that makes each shuffle; None where the data itself does."""
