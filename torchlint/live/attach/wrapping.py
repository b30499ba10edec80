"""Wraps functions so that hooks are called before and after, and the call itself is as it was."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import FunctionType
from typing import Any, cast

import torch

from torchlint.knowledge.wrappers import STAND_INS
from torchlint.live.stream.recorder import Recorder

# Before torch 2.3 it stood elsewhere. Compilers know it, wherever it stands.
is_compiling = getattr(torch.compiler, "is_compiling", None) or torch._utils.is_compiling
Arguments = tuple[Any, ...]
Keywords = dict[str, Any]
Before = Callable[[Arguments, Keywords], None]
After = Callable[[Arguments, Keywords, Any], None]


def is_stand_in(value: object) -> bool:
    """Whether a value is a fake tensor or a proxy, with which a compiler or `torch.fx` traces operations."""
    return type(value).__name__ in STAND_INS


class Depth:
    """How deep calls of a family of functions are nested: hooks are called for the outermost one alone."""

    __slots__ = ("calls",)

    def __init__(self) -> None:
        self.calls = 0


def hooked(
    recorder: Recorder, before: Before | None = None, after: After | None = None, depth: Depth | None = None
) -> Callable[[Any], FunctionType]:
    """Wraps a function so that it calls `before` and `after`, and is the same otherwise.

    A compiler that traces it sees only the function itself. With a `depth`, hooks are not called for calls inside
    others of the same depth. A call that raises has no `after`.
    """

    def make(original: Any) -> FunctionType:
        level = depth or Depth()

        @wraps(original)
        def wrapper(*arguments: Any, **keywords: Any) -> Any:
            if is_compiling() or not recorder.recording or level.calls:
                return original(*arguments, **keywords)
            if before is not None:
                try:
                    before(arguments, keywords)
                except Exception as problem:
                    recorder.problems.append(problem)  # It must not stop the run.
            level.calls += 1
            try:
                value = original(*arguments, **keywords)
            finally:
                level.calls -= 1
            if after is not None:
                try:
                    after(arguments, keywords, value)
                except Exception as problem:
                    recorder.problems.append(problem)
            return value

        return cast(FunctionType, wrapper)

    return make
