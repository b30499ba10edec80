"""Torch's public ways in, each leading to the recorder; all of it can be taken out again.

The events without a method of their own, and what they come with:

- `clear`: `of` (the optimizer or module whose `zero_grad` was called)
- `clip`: `kind` ("norm" or "value"), `parameters` (a list)
- `scale`: `loss`, `scaled` · `unscale`: `optimizer` · `scaler_step`: `optimizer` · `scaler_stepped` · `scaler_update`
- `schedule`: `scheduler`, `metric`, `epoch` (whether one was given)
- `mode`: `module`, `training` · `load`: `module` (weights were loaded)
- `iterate`: `loader` (an epoch begins)
- `gradients_taken`: by `torch.autograd.grad` · `seed` · `set_epoch`: `sampler`
- `build_loader`: `loader`, `arguments`, `keywords` · `build_module`: `module`, both just before their `__init__`
- `loader_built`: `loader`, just after it
- `build_transform`: `transform`, just before its `__init__`, where it is no module
- `build_optimizer`: `optimizer`, just after its `__init__` · `build_scheduler`: `scheduler`, `arguments`, `keywords`
- `read`: `tensor`, `call` (how to speak of it), if the watch asks for it
- `dropout`: `function`, where `training` was not passed
"""

from __future__ import annotations

from typing import Any

import torch

from torchlint.live.attach import (
    loader_hooks,
    loss_hooks,
    module_hooks,
    read_hooks,
    step_hooks,
    transform_hooks,
)
from torchlint.live.attach.patches import Patches
from torchlint.live.attach.wrapping import Arguments, Keywords, is_compiling, stands_in, telling
from torchlint.live.stream.recorder import Recorder


def install(recorder: Recorder, patches: Patches, *, reads: bool = False) -> None:
    """Put everything in; the reading of tensors where it is asked for."""
    _gradients(recorder, patches)
    for hooks in (step_hooks, loss_hooks, module_hooks, loader_hooks, transform_hooks):
        hooks.install(recorder, patches)
    if reads:
        read_hooks.install(recorder, patches)
    _forwards(recorder, patches)
    _translating(recorder, patches)


def _gradients(recorder: Recorder, patches: Patches) -> None:
    def before(arguments: Arguments, keywords: Keywords) -> None:
        tensors = arguments[0] if arguments else keywords.get("tensors", ())
        recorder.tell("backward_before", (tensors,) if isinstance(tensors, torch.Tensor) else tuple(tensors))

    def after(arguments: Arguments, keywords: Keywords, value: object) -> None:
        recorder.tell_end("backward_after")

    def taken(arguments: Arguments, keywords: Keywords) -> None:
        recorder.happen("gradients_taken")

    patches.wrap(torch.autograd, "backward", telling(recorder, before, after))
    patches.wrap(torch.autograd, "grad", telling(recorder, taken))


def _forwards(recorder: Recorder, patches: Patches) -> None:
    """Hooks on every module are costly: they are in only while the recorder looks closely."""
    from torch.nn.modules import module

    def unseen(inputs: Any) -> bool:
        return is_compiling() or not recorder.awake or torch._C._is_tracing() or any(map(stands_in, inputs))

    def before(layer: Any, inputs: Any) -> None:
        if unseen(inputs):
            return
        recorder.tell("forward_before", layer, inputs)

    def after(layer: Any, inputs: Any, output: Any) -> None:
        if unseen(inputs):
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


def _translating(recorder: Recorder, patches: Patches) -> None:
    """What translates a model must find the originals: one reads the text of functions, one traces what is called."""

    def make(original: Any) -> Any:
        def translate(*arguments: Any, **keywords: Any) -> Any:
            recorder.resample(False)
            try:
                with patches.taken_off():
                    return original(*arguments, **keywords)
            finally:
                recorder.resample(recorder.sampled)

        return translate

    for owner, name in ((torch.jit, "script"), (torch.export, "export")):
        patches.wrap(owner, name, make)
