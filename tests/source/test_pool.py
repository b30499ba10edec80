import faulthandler
import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from torchlint.problem import Problem
from torchlint.source import pool
from torchlint.source.read import read
from torchlint.source.syntax import Summary

needs_fork = pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="the trap is set before a fork"
)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    paths = [tmp_path / f"file_{number}.py" for number in range(20)]
    for number, path in enumerate(paths):
        path.write_text(f"x_{number} = {number}\n")
    paths[3].write_text("print 'a'\n")
    return [str(path) for path in paths]


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_the_order_of_the_paths(files: list[str], jobs: int) -> None:
    results = list(pool.read_all(files, jobs=jobs))
    assert [result.path for result in results] == files
    assert [path for path, result in zip(files, results, strict=True) if isinstance(result, Problem)] == [files[3]]
    assert results == [read(path) for path in files]


def test_few_files_are_read_here(files: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_Crew", None)
    assert len(list(pool.read_all(files[:5], jobs=4))) == 5
    assert list(pool.read_all([])) == []


def set_trap(monkeypatch: pytest.MonkeyPatch, bad: str, spring) -> None:  # type: ignore[no-untyped-def]
    def trapped(path: str) -> Summary | Problem:
        if path == bad:
            faulthandler.disable()
            spring()
        return read(path)

    monkeypatch.setattr(pool, "read", trapped)
    monkeypatch.setattr(pool, "_context", lambda: multiprocessing.get_context("fork"))


@needs_fork
@pytest.mark.parametrize(("deadly", "code"), [(signal.SIGSEGV, "TL901"), (signal.SIGKILL, "TL904")])
def test_a_dead_worker_costs_one_file(
    files: list[str], monkeypatch: pytest.MonkeyPatch, deadly: signal.Signals, code: str
) -> None:
    set_trap(monkeypatch, files[7], lambda: os.kill(os.getpid(), deadly))
    results = list(pool.read_all(files, jobs=2))
    problems = {result.path: result.code for result in results if isinstance(result, Problem)}
    assert problems == {files[3]: "TL901", files[7]: code}
    assert [result.path for result in results] == files


@needs_fork
def test_a_file_is_tried_again_alone(files: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    def once() -> None:
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    set_trap(monkeypatch, files[7], once)
    assert isinstance(list(pool.read_all(files, jobs=2))[7], Summary)


@needs_fork
def test_a_file_that_takes_too_long_is_given_up(files: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    set_trap(monkeypatch, files[0], lambda: time.sleep(60))
    start = time.monotonic()
    results = list(pool.read_all(files, jobs=2, seconds=0.5))
    assert time.monotonic() - start < 10
    assert isinstance(results[0], Problem) and results[0].code == "TL904" and "0.5 seconds" in results[0].message
    assert sum(isinstance(result, Summary) for result in results) == 18


@needs_fork
def test_workers_end_when_the_reader_stops(files: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    set_trap(monkeypatch, files[-1], lambda: time.sleep(60))
    results = pool.read_all(files, jobs=2)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []
