"""Hooks on optimizers, gradient clipping, gradient scalers and schedulers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import wraps
from types import FunctionType, GeneratorType
from typing import Any, cast

import torch
from torch.optim import lr_scheduler, optimizer

from torchlint.knowledge.arguments import (
    SCALED_LOSS,
    SCALER_STEP_OPTIMIZER,
    SCHEDULER_EPOCH,
    STEP_CLOSURE,
    UNSCALED_OPTIMIZER,
)
from torchlint.knowledge.training import CLIPPING
from torchlint.live.attach.patches import Patches
from torchlint.live.attach.wrapping import Arguments, Depth, Keywords, hooked, is_compiling
from torchlint.live.stream.events import (
    GradientsCleared,
    GradientsClipped,
    GradientsUnscaled,
    LossScaled,
    OptimizerInitEnded,
    ScalerStepEnded,
    ScalerStepStarted,
    ScalerUpdated,
    SchedulerInitStarted,
    SchedulerStepped,
    StepEnded,
    StepStarted,
)
from torchlint.live.stream.recorder import Recorder


def install(recorder: Recorder, patches: Patches) -> None:
    """Install them."""
    _steps(recorder, patches)
    _clearing(recorder, patches)
    _clipping(recorder, patches)
    _scalers(recorder, patches)
    _schedulers(recorder, patches)


def _steps(recorder: Recorder, patches: Patches) -> None:
    def before(stepping: Any, arguments: Any, keywords: Any) -> None:
        if recorder.recording and not is_compiling():
            closure = STEP_CLOSURE.given(arguments, keywords) is not None
            recorder.begin_step(closure)
            recorder.emit(StepStarted(stepping, closure))

    def after(stepping: Any, arguments: Any, keywords: Any) -> None:
        if recorder.recording and not is_compiling():
            recorder.emit_end(StepEnded(stepping))
            recorder.end_step()

    patches.call_later(optimizer.register_optimizer_step_pre_hook(before).remove)
    patches.call_later(optimizer.register_optimizer_step_post_hook(after).remove)

    def make(original: Any) -> FunctionType:
        @wraps(original)
        def step(*arguments: Any, **keywords: Any) -> Any:
            before(arguments[0], arguments, keywords)
            value = original(*arguments, **keywords)
            after(arguments[0], arguments, keywords)
            return value

        return cast(FunctionType, step)

    for kind in _with_subclasses(optimizer.Optimizer):
        if _is_unhooked(vars(kind).get("step")):
            patches.wrap(kind, "step", make)

    def built(arguments: Arguments, keywords: Keywords, value: object) -> None:
        recorder.emit(OptimizerInitEnded(arguments[0]))

    patches.wrap(optimizer.Optimizer, "__init__", hooked(recorder, after=built))


def _is_unhooked(step: Any) -> bool:
    """Whether torch calls no hooks around it: the compiler of older versions takes them off for good."""
    hooking = optimizer.Optimizer.profile_hook_step(lambda stepping: None)
    return getattr(step, "hooked", False) and getattr(step, "__code__", None) is not hooking.__code__


def _clearing(recorder: Recorder, patches: Patches) -> None:
    def clear(arguments: Arguments, keywords: Keywords) -> None:
        recorder.emit(GradientsCleared(arguments[0]))

    for owner in (optimizer.Optimizer, torch.nn.Module):
        patches.wrap(owner, "zero_grad", hooked(recorder, clear))


def _clipping(recorder: Recorder, patches: Patches) -> None:
    depth = Depth()

    def make(original: Any) -> FunctionType:
        @wraps(original)
        def wrapper(parameters: Any, *arguments: Any, **keywords: Any) -> Any:
            if is_compiling() or not recorder.recording or depth.calls:
                return original(parameters, *arguments, **keywords)
            if isinstance(parameters, torch.Tensor):
                listed = [parameters]
            else:
                listed = list(parameters)
                # What can be gone through only once is given on as what it was.
                if isinstance(parameters, GeneratorType):
                    parameters = (each for each in listed)
                elif isinstance(parameters, Iterator):
                    parameters = iter(listed)
            recorder.emit(GradientsClipped(listed))
            depth.calls += 1
            try:
                return original(parameters, *arguments, **keywords)
            finally:
                depth.calls -= 1

        return cast(FunctionType, wrapper)

    for name in CLIPPING:
        patches.wrap(torch.nn.utils.clip_grad, name, make)


def _scalers(recorder: Recorder, patches: Patches) -> None:
    # Before torch 2.3 the only one was CUDA's.
    scaler = getattr(torch.amp, "GradScaler", None) or torch.cuda.amp.GradScaler
    depth = Depth()

    def scaled(arguments: Arguments, keywords: Keywords, value: object) -> None:
        recorder.emit(LossScaled(SCALED_LOSS.given(arguments, keywords), value))

    def unscale(arguments: Arguments, keywords: Keywords) -> None:
        recorder.emit(GradientsUnscaled(UNSCALED_OPTIMIZER.given(arguments, keywords)))

    def step(arguments: Arguments, keywords: Keywords) -> None:
        recorder.emit(ScalerStepStarted(SCALER_STEP_OPTIMIZER.given(arguments, keywords)))

    def stepped(arguments: Arguments, keywords: Keywords, value: object) -> None:
        recorder.emit(ScalerStepEnded())

    def update(arguments: Arguments, keywords: Keywords) -> None:
        recorder.emit(ScalerUpdated())

    patches.wrap(scaler, "scale", hooked(recorder, after=scaled, depth=depth))
    patches.wrap(scaler, "unscale_", hooked(recorder, unscale, depth=depth))
    patches.wrap(scaler, "step", hooked(recorder, step, stepped, depth=depth))
    patches.wrap(scaler, "update", hooked(recorder, update, depth=depth))


def _schedulers(recorder: Recorder, patches: Patches) -> None:
    base = getattr(lr_scheduler, "LRScheduler", None) or lr_scheduler._LRScheduler
    depth = Depth()

    def step(arguments: Arguments, keywords: Keywords) -> None:
        given = [*arguments[1:], *(value for value in keywords.values())]
        metric = isinstance(arguments[0], lr_scheduler.ReduceLROnPlateau)
        epoch = keywords.get("epoch") if metric else SCHEDULER_EPOCH.given(arguments, keywords)
        recorder.emit(SchedulerStepped(arguments[0], metric and bool(given), epoch is not None))

    def build(arguments: Arguments, keywords: Keywords) -> None:
        recorder.emit(SchedulerInitStarted(arguments[0], arguments[1:], keywords))

    for kind in dict.fromkeys(_with_subclasses(base)):
        # A scheduler steps once while it is built: that is not the user's step.
        if "__init__" in vars(kind):
            patches.wrap(kind, "__init__", hooked(recorder, build, depth=depth))
        if "step" in vars(kind):
            patches.wrap(kind, "step", hooked(recorder, step, depth=depth))


def _with_subclasses(kind: type[Any]) -> list[type[Any]]:
    return [kind, *(inner for below in kind.__subclasses__() for inner in _with_subclasses(below))]
