"""What a base class from outside makes of a class of the project."""

from __future__ import annotations

from torchlint.knowledge.data import DATASETS, ITERABLE_DATASETS
from torchlint.knowledge.frameworks import CALLED_BY_FRAMEWORKS, MODULE_BASES
from torchlint.knowledge.layers import LAYERS
from torchlint.knowledge.losses import LOSSES


def is_module_base(dotted: str) -> bool:
    """Whether a base class from outside is a torch.nn.Module."""
    last = dotted.rpartition(".")[2]
    if dotted.startswith(("torch.nn", "torch.jit")):
        return last in LAYERS or last in LOSSES or last == "ScriptModule"
    return (
        dotted in MODULE_BASES
        or (is_framework_base(dotted) and last.endswith("Module"))
        or dotted.startswith("torchvision.models")
        or (dotted.startswith("transformers") and last.endswith(("Model", "PreTrainedModel")))
    )


def is_framework_base(dotted: str) -> bool:
    """Whether a framework calls the methods of a class with this base."""
    last = dotted.rpartition(".")[2]
    return last in CALLED_BY_FRAMEWORKS


def is_dataset_base(dotted: str) -> bool:
    """Whether a base class from outside is a dataset."""
    last = dotted.rpartition(".")[2]
    return last in ("Dataset", "IterableDataset", "VisionDataset") or (
        dotted.startswith("torchvision.datasets") and last in DATASETS
    )


def is_iterable_dataset_base(dotted: str) -> bool:
    """Whether a base class from outside is a dataset that is iterated."""
    return dotted.rpartition(".")[2] in ITERABLE_DATASETS
