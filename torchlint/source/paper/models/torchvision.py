"""torchvision: datasets, models and transforms, and the transforms of packages like it."""

from __future__ import annotations

from torchlint.facts.data import Role
from torchlint.knowledge.data import DATASETS
from torchlint.knowledge.transforms import ROLES
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Kind, Thing, Value
from torchlint.source.paper.models.declaration import Call, Function, Models

MODELS = Models()
TRANSFORMS = "transforms *.transforms transforms.* *.transforms.* albumentations albumentations.* kornia kornia.*"
"""Where transforms stand, in torchvision and elsewhere."""
NORMALISES_ARRAYS = "albumentations."
"""The package whose pipelines make tensors last, under whatever name."""


def _is_no_choice_of_weights(call: Call) -> bool:
    return not call.last.endswith("_Weights")


MODELS.declare(
    Function(ROLES, within=TRANSFORMS, builds=Kind.TRANSFORM),
    Function("[A-Z]*", within=TRANSFORMS, builds=Kind.TRANSFORM),
    Function(DATASETS, within="torchvision.datasets torchvision.datasets.*", builds=Kind.DATASET),
    # What stands in a class, such as the transforms of weights, is no model.
    Function(
        "*",
        within="torchvision.models torchvision.models.[a-z]*",
        when=_is_no_choice_of_weights,
        builds=Kind.LAYER,
    ),
)


def transform_role(thing: Thing) -> Role:
    """The part that a transform plays in a pipeline."""
    if thing.of is not None:
        return Role.UNKNOWN
    role = ROLES.get(thing.last, Role.UNKNOWN)
    return Role.TO_LAYOUT if role is Role.TO_TENSOR and thing.dotted.startswith(NORMALISES_ARRAYS) else role


def transformed(call: Call) -> Value:
    """What a transform makes of a tensor."""
    assert isinstance(call.receiver, Thing)
    if isinstance(call.first, TensorValue):
        return call.first.but(normalised=call.first.normalised or "ormalize" in call.receiver.dotted)
    return TensorValue()
