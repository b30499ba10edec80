"""Losses, activations and dropout, as functions; torch's layers call the same ones."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from types import FunctionType
from typing import Any, cast

import torch
from torch.nn import functional

from torchlint.knowledge.functional import ACTIVATIONS, DROPOUTS
from torchlint.knowledge.losses import FUNCTIONS
from torchlint.live.patches import Patches
from torchlint.live.recorder import Recorder
from torchlint.live.wrapping import is_compiling, stands_in


def install(recorder: Recorder, patches: Patches) -> None:
    """Put them in."""
    for name, loss in FUNCTIONS.items():
        patches.wrap(functional, name, _loss(recorder, loss), everywhere=True)
    for name in ACTIVATIONS:
        for owner in (functional, torch, torch.special, torch.Tensor):
            patches.wrap(owner, name, _activation(recorder, name), everywhere=owner is not torch.Tensor)
    for name in DROPOUTS:
        patches.wrap(functional, name, _dropout(recorder, name), everywhere=True)


def _loss(recorder: Recorder, name: str) -> Callable[[Any], FunctionType]:
    def make(original: Any) -> FunctionType:
        signature = inspect.signature(original)

        @wraps(original)
        def wrapper(*arguments: Any, **keywords: Any) -> Any:
            if is_compiling() or not recorder.awake:
                return original(*arguments, **keywords)
            value = None
            try:
                value = original(*arguments, **keywords)
                return value
            finally:
                # Told of even if it raises: swapped arguments often do.
                try:
                    given = signature.bind(*arguments, **keywords).arguments
                except TypeError:
                    given = {}
                if given and not any(map(stands_in, given.values())):
                    recorder.tell("loss_computed", name, given, value)

        return cast(FunctionType, wrapper)

    return make


def _activation(recorder: Recorder, name: str) -> Callable[[Any], FunctionType]:
    def make(original: Any) -> FunctionType:
        @wraps(original)
        def wrapper(*arguments: Any, **keywords: Any) -> Any:
            value = original(*arguments, **keywords)
            if not is_compiling() and recorder.sampled and recorder.awake and not stands_in(value):
                recorder.happen("activation", function=name, value=value)
            return value

        return cast(FunctionType, wrapper)

    return make


def _dropout(recorder: Recorder, name: str) -> Callable[[Any], FunctionType]:
    def make(original: Any) -> FunctionType:
        @wraps(original)
        def wrapper(*arguments: Any, **keywords: Any) -> Any:
            # input, p, training: the layers of torch always pass all of them.
            given = "training" in keywords or len(arguments) > 2
            if not given and not is_compiling() and recorder.sampled and recorder.awake:
                recorder.happen("dropout", function=name)
            return original(*arguments, **keywords)

        return cast(FunctionType, wrapper)

    return make
