"""Hooks into torch's public functions that emit the events of a run; all of them can be taken out again."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

from torchlint.knowledge.arguments import BACKWARD_TENSORS
from torchlint.live.attach import (
    dataset_hooks,
    loader_hooks,
    loss_hooks,
    module_hooks,
    read_hooks,
    step_hooks,
    transform_hooks,
    view_hooks,
)
from torchlint.live.attach.patches import Patches
from torchlint.live.attach.wrapping import Arguments, Keywords, hooked, is_compiling, is_stand_in
from torchlint.live.stream.events import BackwardEnded, BackwardStarted, ForwardEnded, ForwardStarted, GradientsReturned
from torchlint.live.stream.recorder import Recorder


def install(recorder: Recorder, patches: Patches, *, reads: bool = False) -> None:
    """Install all hooks; those on the reading of tensors only if `reads` asks for them."""
    _gradients(recorder, patches)
    for hooks in (step_hooks, loss_hooks, module_hooks, dataset_hooks, loader_hooks, transform_hooks):
        hooks.install(recorder, patches)
    if reads:
        read_hooks.install(recorder, patches)
    _closely(recorder, patches)
    _translation(recorder, patches)


def _gradients(recorder: Recorder, patches: Patches) -> None:
    def before(arguments: Arguments, keywords: Keywords) -> None:
        tensors = BACKWARD_TENSORS.given(arguments, keywords, ())
        tensors = (tensors,) if isinstance(tensors, torch.Tensor) else tuple(tensors)
        recorder.emit(BackwardStarted(tensors, arguments, keywords))

    def after(arguments: Arguments, keywords: Keywords, value: object) -> None:
        recorder.emit_end(BackwardEnded())

    def returned(arguments: Arguments, keywords: Keywords) -> None:
        recorder.emit(GradientsReturned())

    patches.wrap(torch.autograd, "backward", hooked(recorder, before, after))
    patches.wrap(torch.autograd, "grad", hooked(recorder, returned))


def _closely(recorder: Recorder, patches: Patches) -> None:
    """Hooks on every module and every view are costly: they are installed in sampled steps alone."""
    switches = (_forwards(recorder), view_hooks.switch(recorder))

    def put_in(wanted: bool) -> None:
        for switch in switches:
            switch(wanted)

    recorder.install_close_hooks = put_in
    put_in(recorder.sampled)
    patches.call_later(lambda: put_in(False))


def _forwards(recorder: Recorder) -> Callable[[bool], None]:

    def is_hidden(inputs: Any) -> bool:
        return is_compiling() or not recorder.recording or torch._C._is_tracing() or any(map(is_stand_in, inputs))

    def before(layer: Any, inputs: Any) -> None:
        if is_hidden(inputs):
            return
        recorder.emit(ForwardStarted(layer, inputs))

    def after(layer: Any, inputs: Any, keywords: Any, output: Any) -> None:
        if is_hidden(inputs):
            return
        recorder.emit(ForwardEnded(layer, inputs, keywords, output))

    def after_without_keywords(layer: Any, inputs: Any, output: Any) -> None:
        after(layer, inputs, {}, output)

    tells = "with_kwargs" in inspect.signature(register_module_forward_hook).parameters
    handles: list[Any] = []

    def put_in(wanted: bool) -> None:
        while handles:
            handles.pop().remove()
        if wanted:
            handles.append(register_module_forward_pre_hook(before))
            if tells:
                handles.append(register_module_forward_hook(after, with_kwargs=True))
            else:
                handles.append(register_module_forward_hook(after_without_keywords))

    return put_in


def _translation(recorder: Recorder, patches: Patches) -> None:
    """`torch.jit.script` reads the text of functions, `torch.export` traces calls: both must find the originals."""

    def make(original: Any) -> Any:
        def translate(*arguments: Any, **keywords: Any) -> Any:
            recorder.install_close_hooks(False)
            try:
                with patches.taken_off():
                    return original(*arguments, **keywords)
            finally:
                recorder.install_close_hooks(recorder.sampled)

        return translate

    for owner, name in ((torch.jit, "script"), (torch.export, "export")):
        patches.wrap(owner, name, make)
