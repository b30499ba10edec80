"""Transforms of torchvision and its kin, by the part that they play in a pipeline."""

from __future__ import annotations

from torchlint.facts.data import Role

_ROLES = {
    Role.CONTAINER: "Compose Sequential RandomApply RandomChoice RandomOrder OneOf SomeOf OneOrOther "
    "ReplayCompose AugmentationSequential ImageSequential",
    Role.TO_TENSOR: "ToTensor ToDtype ConvertImageDtype",
    Role.TO_BYTES: "ToImage PILToTensor",
    # Of albumentations: arrays are normalised first, and turned into tensors last.
    Role.TO_LAYOUT: "ToTensorV2",
    Role.NORMALIZE: "Normalize",
    Role.ARBITRARY: "Lambda LinearTransformation",
    Role.RANDOM: "RandomCrop RandomResizedCrop RandomHorizontalFlip RandomVerticalFlip RandomRotation "
    "RandomAffine RandomErasing RandomGrayscale RandomPerspective RandomInvert RandomPosterize "
    "RandomSolarize RandomEqualize RandomAutocontrast RandomAdjustSharpness RandomChannelPermutation "
    "RandomIoUCrop RandomPhotometricDistort RandomResize RandomShortestSize RandomZoomOut ScaleJitter "
    "ColorJitter AutoAugment RandAugment TrivialAugmentWide AugMix "
    "ElasticTransform MixUp CutMix HorizontalFlip VerticalFlip RandomRotate90 RandomBrightnessContrast "
    "RandomSizedCrop RandomScale RandomGamma ShiftScaleRotate HueSaturationValue CoarseDropout "
    "GridDistortion OpticalDistortion ColorJiggle RandomSizedBBoxSafeCrop",
    # They may be what an evaluation is about.
    Role.CORRUPTION: "GaussianBlur GaussianNoise GaussNoise MotionBlur",
    Role.FIXED: "Resize Scale CenterCrop Grayscale Pad FiveCrop TenCrop ToPILImage Identity RGB JPEG "
    "ToPureTensor ClampBoundingBoxes ClampKeyPoints ConvertBoundingBoxFormat SanitizeBoundingBoxes "
    "SanitizeKeyPoints SetClampingMode UniformTemporalSubsample ToFloat FromFloat LongestMaxSize "
    "SmallestMaxSize PadIfNeeded",
}
ROLES: dict[str, Role] = {name: role for role, names in _ROLES.items() for name in names.split()}
"""The role of each class, by its bare name."""

RANDOM_CONTAINERS = frozenset("RandomApply RandomChoice RandomOrder OneOf SomeOf OneOrOther".split())
FLIPS = frozenset("RandomHorizontalFlip RandomVerticalFlip HorizontalFlip VerticalFlip".split())
"""Transforms with nothing random left when `p` is 1."""
TRANSFORM_CLASSES = "torchvision.transforms.transforms"
"""The module of the transforms that need not be modules of torch."""
OF_PACKAGES = ("torchvision.", "torch.nn.")
"""How the modules begin whose classes have these roles in a run."""
