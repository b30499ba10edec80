"""One thread that lints, and how what it does becomes void."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")
STACK = 64 * 2**20
"""Bytes: the walk over a deep expression needs as much as in a main thread."""


class Stale(Exception):
    """The work is void: the text that it is about has changed."""


@dataclass(slots=True)
class Task:
    """A piece of work, which is told as the progress of linting goes on, and ends there once it is void."""

    void: bool = False

    def __call__(self, done: float) -> None:
        """Go on, or raise Stale."""
        if self.void:
            raise Stale


class Worker:
    """Does one piece of work after the other, beside the thread that answers the editor."""

    def __init__(self) -> None:
        before = threading.stack_size(STACK)
        try:
            self._pool = ThreadPoolExecutor(1, "lint")
            self._pool.submit(int).result()
        finally:
            threading.stack_size(before)

    async def do(self, work: Callable[[Task], Result]) -> Result:
        """What comes of the work; it is void, and ends soon, where waiting for it is cancelled."""
        task = Task()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, task)
        except asyncio.CancelledError:
            task.void = True
            raise

    def close(self) -> None:
        """Wait for nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)
