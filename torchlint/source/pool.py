"""Many files read at once, in workers of our own, and no file twice: one that hangs costs only the file at hand."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from torchlint.problem import GAVE_UP, UNPARSED, Problem
from torchlint.source.read import deep_recursion, read
from torchlint.source.screen import Screened, screened
from torchlint.source.syntax import Summary

FEW = 8
CHUNK = 16


def read_all(paths: Sequence[str], *, jobs: int | None = None, seconds: float = 20.0) -> Iterator[Summary | Problem]:
    """Read all files, and give their summaries and problems in the order of `paths`.

    With one job, or a few files, this happens in this process, and no time limit holds.
    """
    count = min(jobs or _processors(), len(paths))
    if count <= 1 or len(paths) < FEW:
        return map(read, paths)
    return _Crew(paths, count, seconds).results()


@dataclass(slots=True)
class Summaries:
    """What came of reading each file, beside the bytes that it had: other bytes are read anew.

    It reads as `read` and `read_all` do, and gives the same.
    """

    _outcomes: dict[str, tuple[bytes, Summary | Problem]] = field(default_factory=dict)
    _screened: dict[str, tuple[bytes, Screened]] = field(default_factory=dict)

    def read_all(self, paths: Sequence[str], *, jobs: int | None = None) -> Iterator[Summary | Problem]:
        """Read all files, and give their summaries and problems in the order of `paths`."""
        before = {path: _bytes(path) for path in paths}
        known = {path: self._known(path, data) for path, data in before.items()}
        anew = read_all([path for path in paths if known[path] is None], jobs=jobs)
        for path in paths:
            outcome = known[path]
            if outcome is None:
                outcome = next(anew)
                data = before[path]
                # What was written meanwhile may have been read before or after.
                if data is not None and data == _bytes(path):
                    self._outcomes[path] = data, outcome
            yield outcome

    def read(self, path: str, data: bytes | None = None) -> Summary | Problem:
        """Read one file, from `data` where its bytes are at hand."""
        data = _bytes(path) if data is None else data
        if data is None:
            return read(path)
        outcome = self._known(path, data)
        if outcome is None:
            outcome = read(path, data)
            self._outcomes[path] = data, outcome
        return outcome

    def screened(self, path: str, data: bytes) -> Screened:
        """What a glance at a text tells; as `screened` does it."""
        known = self._screened.get(path)
        if known is None or known[0] != data:
            known = self._screened[path] = data, screened(path, data)
        return known[1]

    def _known(self, path: str, data: bytes | None) -> Summary | Problem | None:
        known = self._outcomes.get(path)
        return known[1] if known is not None and known[0] == data else None


def _bytes(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError):
        return None


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _context() -> BaseContext:
    """Fork where it is safe, which is on Linux with no other thread; it saves every worker its imports."""
    tasks = Path("/proc/self/task")
    if sys.platform == "linux" and tasks.is_dir() and len(list(tasks.iterdir())) == 1:
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("spawn")


@dataclass(slots=True)
class _Worker:
    """A process and the files that it was given and has not answered; the first of them is at hand."""

    process: BaseProcess
    pipe: Connection
    waiting: deque[int] = field(default_factory=deque)
    since: float = 0.0


class _Crew:
    """The supervisor: it hands out chunks of files, gathers answers, and replaces workers that are lost."""

    def __init__(self, paths: Sequence[str], count: int, seconds: float) -> None:
        self.paths = paths
        self.count = count
        self.seconds = seconds
        self.context = _context()
        size = max(1, min(CHUNK, len(paths) // (count * 4)))
        indices = range(len(paths))
        self.chunks = deque(list(indices[start : start + size]) for start in indices[::size])
        self.workers: list[_Worker] = []
        self.done: dict[int, Summary | Problem] = {}
        self.retried: set[int] = set()

    def results(self) -> Iterator[Summary | Problem]:
        try:
            for index in range(len(self.paths)):
                while index not in self.done:
                    self._staff()
                    self._gather()
                yield self.done.pop(index)
        finally:
            for worker in self.workers:
                worker.process.kill()
            for worker in self.workers:
                worker.process.join()
                worker.pipe.close()

    def _staff(self) -> None:
        """Give every idle worker a chunk, and start workers while there are chunks for them."""
        for worker in [*self.workers]:
            if not worker.waiting and self.chunks:
                self._assign(worker)
        while self.chunks and len(self.workers) < self.count:
            ours, theirs = self.context.Pipe()
            process: Any = self.context.Process(  # type: ignore[attr-defined]
                target=_work, args=(theirs, os.getpid()), daemon=True
            )
            process.start()
            theirs.close()
            self.workers.append(_Worker(process, ours))
            self._assign(self.workers[-1])

    def _assign(self, worker: _Worker) -> None:
        chunk = self.chunks.popleft()
        worker.waiting.extend(chunk)
        worker.since = time.monotonic()
        try:
            worker.pipe.send([(index, self.paths[index]) for index in chunk])
        except OSError:
            self._lost(worker)

    def _gather(self) -> None:
        busy = {worker.pipe: worker for worker in self.workers if worker.waiting}
        if not busy:
            return
        now = time.monotonic()
        left = min(worker.since + self.seconds - now for worker in busy.values())
        ready = wait(list(busy), timeout=max(0.0, left))
        for pipe in ready:
            self._receive(busy.pop(pipe))  # type: ignore[call-overload]
        now = time.monotonic()
        for worker in busy.values():
            if now >= worker.since + self.seconds and not worker.pipe.poll():
                self._overdue(worker)

    def _receive(self, worker: _Worker) -> None:
        try:
            index, result = worker.pipe.recv()
        except (EOFError, OSError):
            self._lost(worker)
            return
        self.done[index] = result
        worker.waiting.remove(index)
        worker.since = time.monotonic()

    def _overdue(self, worker: _Worker) -> None:
        worker.process.kill()
        index = worker.waiting.popleft()
        message = f"The file was given up: reading it took longer than {self.seconds:g} seconds."
        self.done[index] = Problem(self.paths[index], GAVE_UP, message)
        self._dismiss(worker)

    def _lost(self, worker: _Worker) -> None:
        """A worker died over a file: try that file once more, alone."""
        index = worker.waiting.popleft()
        worker.process.join()
        if index not in self.retried:
            self.retried.add(index)
            self._dismiss(worker)
            self.chunks.appendleft([index])
            return
        self.done[index] = _casualty(self.paths[index], worker.process.exitcode)
        self._dismiss(worker)

    def _dismiss(self, worker: _Worker) -> None:
        worker.process.join()
        worker.pipe.close()
        self.workers.remove(worker)
        if worker.waiting:
            self.chunks.appendleft(list(worker.waiting))


def _casualty(path: str, exit_code: int | None) -> Problem:
    if sys.platform != "win32" and exit_code == -signal.SIGKILL:
        return Problem(path, GAVE_UP, "The file was given up: its reader was killed, perhaps for want of memory.")
    return Problem(path, UNPARSED, "The file was not parsed: the parser crashed on it.")


def _work(pipe: Connection, parent: int) -> None:
    """What a worker does: read the files of each chunk, and answer them one by one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with deep_recursion():
            while _has_message(pipe, parent):
                for index, path in pipe.recv():
                    _answer(pipe, index, path)
    except (EOFError, OSError):
        return


def _has_message(pipe: Connection, parent: int) -> bool:
    """Wait for a chunk; without the parent there will be none, for other workers hold its pipe open."""
    while not pipe.poll(2.0):
        if os.getppid() != parent:
            return False
    return True


def _answer(pipe: Connection, index: int, path: str) -> None:
    result = read(path)
    try:
        pipe.send((index, result))
    except RecursionError:
        pipe.send((index, Problem(path, GAVE_UP, "The file was given up: it is nested too deeply.")))
