"""Tensors of the user's, looked at without keeping them or reading what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

DEEPEST = 8
MOST = 64


def tensors_in(value: Any, depth: int = 0, most: int | None = MOST) -> Iterator[Tensor]:
    """The tensors in a batch, an output or arguments, however they are nested; the first ones of each container."""
    match value:
        case torch.Tensor():
            yield value
        case tuple() | list() if depth < DEEPEST:
            for each in value[:most]:
                yield from tensors_in(each, depth + 1, most)
        case _ if depth < DEEPEST and hasattr(value, "values") and hasattr(value, "keys"):
            for each in list(value.values())[:most]:
                yield from tensors_in(each, depth + 1, most)


def all_tensors_in(value: Any) -> Iterator[Tensor]:
    """All tensors in a structure, in order."""
    return tensors_in(value, most=None)


def floats_in(value: Any) -> list[Tensor]:
    """The dense floating-point tensors in a structure."""
    return [each for each in all_tensors_in(value) if each.is_floating_point() and each.layout is torch.strided]


def storage(tensor: Tensor) -> int:
    """The address of what a tensor is a view of; its identity where it has none (sparse, on the meta device)."""
    try:
        return tensor.untyped_storage().data_ptr() or id(tensor)
    except (RuntimeError, NotImplementedError):
        return id(tensor)
