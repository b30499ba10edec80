"""Tensors of the user's, looked at without keeping them or reading what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

DEEPEST = 4
MOST = 64


def tensors_in(value: Any, depth: int = 0) -> Iterator[Tensor]:
    """The tensors in a batch, an output or arguments, however they are nested."""
    match value:
        case torch.Tensor():
            yield value
        case tuple() | list() if depth < DEEPEST:
            for each in value[:MOST]:
                yield from tensors_in(each, depth + 1)
        case _ if depth < DEEPEST and hasattr(value, "values") and hasattr(value, "keys"):
            for each in list(value.values())[:MOST]:
                yield from tensors_in(each, depth + 1)


def storage(tensor: Tensor) -> int:
    """The address of what a tensor is a view of; its identity where it has none (sparse, on the meta device)."""
    try:
        return tensor.untyped_storage().data_ptr() or id(tensor)
    except (RuntimeError, NotImplementedError):
        return id(tensor)
