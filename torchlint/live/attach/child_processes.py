"""Counts the child processes that a run starts: they are not watched, and the report says so."""

from __future__ import annotations

from functools import wraps
from multiprocessing.process import BaseProcess
from types import FunctionType
from typing import Any, cast

from torchlint.live.attach.patches import Patches

SERVANTS = ("torch.utils.data.", "multiprocessing.", "concurrent.")
"""Whose own processes fetch data or hold objects and never train."""


class ChildProcesses:
    """Counts the processes that are started through `multiprocessing`."""

    def __init__(self, patches: Patches) -> None:
        self.started = 0
        patches.wrap(BaseProcess, "start", self._counting)

    def _counting(self, original: Any) -> FunctionType:
        @wraps(original)
        def start(process: Any) -> Any:
            target = getattr(process, "_target", None)
            if not str(getattr(target, "__module__", "")).startswith(SERVANTS):
                self.started += 1
            return original(process)

        return cast(FunctionType, start)
