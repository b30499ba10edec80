"""Hooks on methods that view a tensor in other sizes, which a forward pass calls often."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from torch import Tensor

from torchlint.knowledge.functional import VIEWS
from torchlint.live.attach.patches import Patches
from torchlint.live.attach.wrapping import is_compiling, is_stand_in
from torchlint.live.stream.events import TensorViewed
from torchlint.live.stream.recorder import Recorder


def switch(recorder: Recorder) -> Callable[[bool], None]:
    """What puts them in, and takes them out again: they are wanted in sampled steps alone."""
    patches: list[Patches] = []

    def put_in(wanted: bool) -> None:
        while patches:
            patches.pop().restore()
        if wanted:
            patches.append(Patches())
            for name in VIEWS:
                patches[-1].wrap(Tensor, name, _viewing(recorder))

    return put_in


def _viewing(recorder: Recorder) -> Callable[[Any], Any]:
    def make(original: Any) -> Any:
        @wraps(original)
        def wrapper(*arguments: Any, **keywords: Any) -> Any:
            value = original(*arguments, **keywords)
            if is_compiling() or not recorder.recording or is_stand_in(value):
                return value
            tensor = arguments[0] if arguments else None
            if isinstance(value, Tensor) and isinstance(tensor, Tensor) and value.shape != tensor.shape:
                recorder.emit(TensorViewed(tensor, value))
            return value

        return wrapper

    return make
