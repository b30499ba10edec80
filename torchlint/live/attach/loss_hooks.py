"""Hooks on losses and dropout as functions, which torch's layers call too; and the lines that made a graph."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from types import FunctionType
from typing import Any, cast

import torch
from torch.nn import functional

from torchlint.knowledge.arguments import DROPOUT_TRAINING
from torchlint.knowledge.functional import DROPOUTS
from torchlint.knowledge.losses import FUNCTIONS
from torchlint.live.attach.patches import Patches
from torchlint.live.attach.wrapping import is_compiling, is_stand_in
from torchlint.live.stream.events import DropoutCalled, LossCalled
from torchlint.live.stream.recorder import Recorder


def install(recorder: Recorder, patches: Patches) -> None:
    """Install them."""
    for name, loss in FUNCTIONS.items():
        patches.wrap(functional, name, _loss(recorder, loss))
    for name in DROPOUTS:
        patches.wrap(functional, name, _dropout(recorder, name))
    _graph(recorder, patches)


def _loss(recorder: Recorder, name: str) -> Callable[[Any], FunctionType]:
    def make(original: Any) -> FunctionType:
        names = tuple(inspect.signature(original).parameters)

        @wraps(original)
        def wrapper(*arguments: Any, **keywords: Any) -> Any:
            if is_compiling() or not recorder.recording:
                return original(*arguments, **keywords)
            value = None
            try:
                value = original(*arguments, **keywords)
                return value
            finally:
                # Emitted even if it raises: swapped arguments often do.
                given = dict(zip(names, arguments, strict=False))
                given.update(keywords)
                if given and not any(map(is_stand_in, given.values())):
                    recorder.emit(LossCalled(name, given, value))

        return cast(FunctionType, wrapper)

    return make


def _dropout(recorder: Recorder, name: str) -> Callable[[Any], FunctionType]:
    def make(original: Any) -> FunctionType:
        @wraps(original)
        def wrapper(*arguments: Any, **keywords: Any) -> Any:
            given = DROPOUT_TRAINING.is_given(arguments, keywords)  # The layers of torch always give it.
            if not given and not is_compiling() and recorder.sampled and recorder.recording:
                recorder.emit(DropoutCalled(name))
            return original(*arguments, **keywords)

        return cast(FunctionType, wrapper)

    return make


def _graph(recorder: Recorder, patches: Patches) -> None:
    """Torch can record on each node of a graph which lines made it: that is slow, so not for long."""
    ours = False

    def record_lines(wanted: bool) -> None:
        nonlocal ours
        if wanted and not torch.is_anomaly_enabled():
            torch.set_anomaly_enabled(True, False)
            ours = True
        elif not wanted and ours and not torch.is_anomaly_check_nan_enabled():
            # Where gradients are checked for NaN it is the user who asks, and puts it back as it was.
            torch.set_anomaly_enabled(False, True)
            ours = False

    recorder.record_lines = record_lines
    patches.call_later(lambda: record_lines(False))
