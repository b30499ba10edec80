"""Torch's public ways in, each leading to the recorder; all of it can be taken out again.

The events without a method of their own, and what they come with:

- `clear`: `of` (the optimizer or module whose `zero_grad` was called)
- `clip`: `kind` ("norm" or "value"), `parameters`
- `scale`: `loss`, `scaled` · `unscale`: `optimizer` · `scaler_step`: `optimizer` · `scaler_update`
- `schedule`: `scheduler`, `arguments` (those of `step`)
- `mode`: `module`, `training`
- `gradients`: gradients were taken by `torch.autograd.grad`
- `iterate`: `loader` · `load`: `module`, weights were loaded · `seed` · `set_epoch`: `sampler`
- `build`: `of` (an optimizer, a DataLoader or a module, just before its `__init__`), `arguments`, `keywords`
- `activation`: `name`, `value` · `dropout`: `name`, `given` (whether `training` was passed)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from types import FunctionType
from typing import Any, cast
from weakref import WeakKeyDictionary, ref

import torch
from torch import nn

from torchlint.knowledge.losses import FUNCTIONS
from torchlint.live.patches import Patches
from torchlint.live.recorder import Recorder

is_compiling = torch.compiler.is_compiling
Tell = Callable[[tuple[Any, ...], dict[str, Any]], None]


def install(recorder: Recorder, patches: Patches) -> None:
    """Put everything in."""
    _gradients(recorder, patches)
    _optimizers(recorder, patches)
    _losses(recorder, patches)
    _loaders(recorder, patches)
    patches.rename()
    _forwards(recorder, patches)


def telling(recorder: Recorder, before: Tell | None, after: Tell | None = None) -> Callable[[Any], FunctionType]:
    """Makes of a function one that tells the recorder, before and after, and does the same.

    A compiler that traces it sees only the function itself.
    """

    def make(original: Any) -> FunctionType:
        @wraps(original)
        def wrapper(*arguments: Any, **keywords: Any) -> Any:
            if is_compiling() or not recorder.awake:
                return original(*arguments, **keywords)
            if before is not None:
                before(arguments, keywords)
            try:
                return original(*arguments, **keywords)
            finally:
                if after is not None:
                    after(arguments, keywords)

        return cast(FunctionType, wrapper)

    return make


def _gradients(recorder: Recorder, patches: Patches) -> None:
    def before(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        tensors = arguments[0] if arguments else keywords.get("tensors", ())
        recorder.tell("backward_before", (tensors,) if isinstance(tensors, torch.Tensor) else tuple(tensors))

    patches.wrap(
        torch.autograd,
        "backward",
        telling(recorder, before, lambda *_: recorder.tell("backward_after")),
        everywhere=True,
    )


def _optimizers(recorder: Recorder, patches: Patches) -> None:
    from torch.optim import optimizer as module

    def before(optimizer: Any, arguments: Any, keywords: Any) -> None:
        if recorder.awake and not is_compiling():
            recorder.count_step()
            recorder.tell("step_before", optimizer)

    def after(optimizer: Any, arguments: Any, keywords: Any) -> None:
        if recorder.awake and not is_compiling():
            recorder.tell("step_after", optimizer)
            recorder.end_step()

    patches.call_later(module.register_optimizer_step_pre_hook(before).remove)
    patches.call_later(module.register_optimizer_step_post_hook(after).remove)


def _losses(recorder: Recorder, patches: Patches) -> None:
    for function, name in FUNCTIONS.items():
        patches.wrap(nn.functional, function, _loss(recorder, name), everywhere=True)


def _loss(recorder: Recorder, name: str) -> Callable[[Any], FunctionType]:
    def make(original: Any) -> FunctionType:
        signature = inspect.signature(original)

        @wraps(original)
        def wrapper(*arguments: Any, **keywords: Any) -> Any:
            value = original(*arguments, **keywords)
            if not is_compiling() and recorder.awake:
                bound = signature.bind(*arguments, **keywords)
                recorder.tell("loss_computed", name, bound.arguments, value)
            return value

        return cast(FunctionType, wrapper)

    return make


def _loaders(recorder: Recorder, patches: Patches) -> None:
    from torch.utils.data import dataloader

    loaders: WeakKeyDictionary[Any, ref[Any]] = WeakKeyDictionary()

    def iterated(original: Any) -> FunctionType:
        @wraps(original)
        def wrapper(self: Any) -> Any:
            made = original(self)
            if recorder.awake:
                recorder.happen("iterate", loader=self)
                recorder.attend()
                loaders[made] = ref(self)
            return made

        return cast(FunctionType, wrapper)

    def advanced(original: Any) -> FunctionType:
        @wraps(original)
        def wrapper(self: Any) -> Any:
            batch = original(self)
            if recorder.awake:
                loader = loaders[self]() if self in loaders else None
                if loader is not None:
                    recorder.tell("batch", loader, batch)
            return batch

        return cast(FunctionType, wrapper)

    patches.wrap(dataloader.DataLoader, "__iter__", iterated)
    iterator = getattr(dataloader, "_BaseDataLoaderIter", None)
    if iterator is not None:
        patches.wrap(iterator, "__next__", advanced)


def _forwards(recorder: Recorder, patches: Patches) -> None:
    from torch.nn.modules import module

    def before(layer: Any, inputs: Any) -> None:
        if is_compiling() or not recorder.awake or torch._C._is_tracing():
            return
        recorder.tell("forward_before", layer, inputs)

    def after(layer: Any, inputs: Any, output: Any) -> None:
        if is_compiling() or not recorder.awake or torch._C._is_tracing():
            return
        recorder.tell("forward_after", layer, inputs, output)

    handles: list[Any] = []

    def resample(sampled: bool) -> None:
        while handles:
            handles.pop().remove()
        if sampled:
            handles.append(module.register_module_forward_pre_hook(before))
            handles.append(module.register_module_forward_hook(after))

    recorder.resample = resample
    resample(recorder.sampled)
    patches.call_later(lambda: resample(False))
