"""Work that is void ends, and what is asked for next is done."""

from __future__ import annotations

import asyncio
import threading

import pytest

from torchlint.server.worker import Stale, Task, Worker


def test_work_that_nobody_waits_for_ends() -> None:
    began, ended = threading.Event(), threading.Event()

    def long_work(task: Task) -> None:
        began.set()
        try:
            while True:
                task(0.5)
        except Stale:
            ended.set()
            raise

    async def session() -> str:
        worker = Worker()
        waiting = asyncio.ensure_future(worker.do(long_work))
        await asyncio.to_thread(began.wait, 10)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        answer = await asyncio.wait_for(worker.do(lambda task: "answer"), 10)
        worker.close()
        return answer

    assert asyncio.run(session()) == "answer"
    assert ended.is_set()


def test_work_that_is_waited_for_goes_on() -> None:
    async def session() -> int:
        worker = Worker()
        answer = await worker.do(lambda task: [task(part / 10) for part in range(10)])
        worker.close()
        return len(answer)

    assert asyncio.run(session()) == 10
