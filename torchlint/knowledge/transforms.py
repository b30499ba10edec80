"""Transforms of torchvision and its kin, by the part that they play in a pipeline."""

from __future__ import annotations

_ROLES = {
    "container": "Compose Sequential RandomApply RandomChoice RandomOrder",
    "to_tensor": "ToTensor ToImage PILToTensor ToDtype ConvertImageDtype ToTensorV2 ToFloat",
    "normalize": "Normalize",
    "arbitrary": "Lambda LinearTransformation",
    "random": "RandomCrop RandomResizedCrop RandomHorizontalFlip RandomVerticalFlip RandomRotation RandomAffine "
    "RandomErasing RandomGrayscale RandomPerspective RandomInvert RandomPosterize RandomSolarize RandomEqualize "
    "RandomAutocontrast RandomAdjustSharpness ColorJitter AutoAugment RandAugment TrivialAugmentWide AugMix "
    "GaussianBlur ElasticTransform MixUp CutMix",
    "fixed": "Resize Scale CenterCrop Grayscale Pad FiveCrop TenCrop ToPILImage",
}
ROLES: dict[str, str] = {name: role for role, names in _ROLES.items() for name in names.split()}
