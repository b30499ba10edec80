"""Batches and outputs as people write them: tensors in tuples, lists and dicts, one inside another."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from torchlint.live.objects.tensors import DEEPEST, all_tensors_in


def mapped(value: Any, change: Callable[[Tensor], Any], depth: int = 0) -> Any:
    """The same structure with every tensor changed."""
    if isinstance(value, Tensor):
        return change(value)
    if depth >= DEEPEST:
        return value
    if isinstance(value, Mapping):
        twin: Any = copy.copy(value)
        for key, part in list(value.items()):
            twin[key] = mapped(part, change, depth + 1)
        return twin
    if isinstance(value, (list, tuple)):
        parts = [mapped(part, change, depth + 1) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return value


def has_numbers(model: nn.Module, *values: Any) -> bool:
    """Whether everything holds numbers: nothing lies on the meta device."""
    held = [*model.parameters(), *model.buffers(), *all_tensors_in(values)]
    return not any(each.is_meta for each in held)


@dataclass(frozen=True, slots=True)
class Trial:
    """What a model is given, and how a loss is made of its output."""

    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    target: Any = None
    loss_fn: Callable[[Any, Any], Any] | None = None

    @classmethod
    def of(cls, model: nn.Module, batch: Any, loss_fn: Callable[[Any, Any], Any] | None) -> Trial:
        """Read a batch as training loops do.

        A tuple or list ends with the target, and the rest are the model's arguments. A dict whose keys are
        arguments of `forward` is given as keywords. Anything else is one argument. Where there is no target
        apart, the loss function is given the whole batch for it.
        """
        if isinstance(batch, (list, tuple)) and len(batch) > 1:
            arguments, target = tuple(batch[:-1]), batch[-1]
        else:
            arguments, target = (batch,), batch
        if len(arguments) == 1 and isinstance(arguments[0], Mapping) and _names_arguments(model, arguments[0]):
            return cls((), dict(arguments[0]), target, loss_fn)
        return cls(arguments, {}, target, loss_fn)

    def output(self, model: nn.Module) -> Any:
        """Run the model."""
        return model(*self.arguments, **self.keywords)

    def loss(self, output: Any) -> Tensor | None:
        """The loss of an output as one number, None if there is none."""
        return None if self.loss_fn is None else one_loss(self.loss_fn(output, self.target))

    @property
    def inputs(self) -> list[Tensor]:
        """The tensors that the model is given."""
        return list(all_tensors_in((self.arguments, self.keywords)))

    def with_inputs(self, change: Callable[[Tensor], Tensor]) -> Trial:
        """The same trial with other inputs."""
        arguments, keywords = mapped((self.arguments, self.keywords), change)
        return Trial(arguments, keywords, self.target, self.loss_fn)


def _names_arguments(model: nn.Module, batch: Mapping[Any, Any]) -> bool:
    try:
        parameters = inspect.signature(model.forward).parameters
    except (TypeError, ValueError):
        return False
    return bool(batch) and all(key in parameters for key in batch)


def one_loss(result: Any) -> Tensor | None:
    """A single number from what a loss function returns: losses by name are summed, those of samples averaged."""
    if isinstance(result, Mapping):
        parts = [part for part in map(one_loss, result.values()) if part is not None]
        return torch.stack(parts).sum() if parts else None
    if isinstance(result, (list, tuple)) and result:
        return one_loss(result[0])
    if not isinstance(result, Tensor) or not (result.is_floating_point() or result.is_complex()):
        return None
    return result.abs().mean() if result.is_complex() else result.mean()
