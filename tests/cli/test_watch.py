"""`--watch`: the files are linted again when one of them, or the configuration, has changed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from torchlint.cli.failure import UsageError
from torchlint.cli.files import watching

from .conftest import LAUNCHER, PLAIN, Run

WAITING = "Watching for changes. Ctrl-C ends it.\n"


class Enough(Exception):
    pass


@pytest.fixture
def watcher(project: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-u", LAUNCHER, "--watch", "--output", "concise"],
        cwd=project,
        env=PLAIN,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def round_of(process: subprocess.Popen[str]) -> list[str]:
    """The lines of one round."""
    assert process.stdout is not None
    return list(iter(process.stdout.readline, WAITING))


def test_what_is_new_what_has_changed_and_the_configuration_are_seen(
    project: Path, watcher: subprocess.Popen[str]
) -> None:
    assert round_of(watcher)[-1] == "Found 2 findings (1 error, 1 warning).\n"
    (project / "train.py").write_text("clip\n")
    assert round_of(watcher)[-1] == "Found 1 finding (1 error).\n"
    (project / "new.py").write_text("clear\n")
    assert round_of(watcher)[-1] == "Found 2 findings (1 error, 1 warning).\n"
    (project / "torchlint.toml").write_text('ignore = ["TL9999"]\n')
    assert "no rule matches" in round_of(watcher)[-1]
    (project / "torchlint.toml").write_text('ignore = ["TL2"]\n')
    assert round_of(watcher)[-1] == "All checks passed.\n"
    watcher.send_signal(signal.SIGINT)
    assert watcher.stdout is not None and watcher.stdout.read().strip() == "interrupted"
    assert watcher.wait(30) == 130


def test_nothing_is_done_while_nothing_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text("x")
    rounds: list[int] = []
    looks = 0

    def look() -> list[str]:
        nonlocal looks
        looks += 1
        if looks == 6:
            (tmp_path / "a.py").write_text("changed")
        if looks == 12:
            raise Enough
        return [str(tmp_path / "a.py"), str(tmp_path / "gone.py")]

    def work() -> None:
        rounds.append(looks)
        raise UsageError("the configuration is wrong")

    monkeypatch.setattr(watching.time, "sleep", lambda seconds: None)
    with pytest.raises(Enough):
        watching.again_and_again(work, look)
    assert rounds == [1, 7]


def test_standard_input_cannot_be_watched(run: Run) -> None:
    done = run("--watch", "-")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: --watch and standard input cannot be used together\n"
