"""Scripts under watch, in fresh processes: the command, and what it says."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

COMMAND = (sys.executable, "-m", "torchlint", "run", "--isolated")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Watched:
    """How a watched script ended, what it printed, and what was found in it."""

    code: int
    stdout: str
    stderr: str
    findings: Sequence[Mapping[str, Any]]

    @property
    def places(self) -> list[tuple[str, str, int]]:
        """Code, file and line of each finding."""
        return [(each["code"], Path(each["filename"]).name, each["location"]["row"]) for each in self.findings]


WatchRun = Callable[..., Watched]


@pytest.fixture
def watch_run(tmp_path: Path) -> WatchRun:
    """Run a script, given as its text or a file, under `torchlint run`; `launcher` goes before the command."""

    def run(script: str | Path, *options: str, arguments: Sequence[str] = (), launcher: Sequence[str] = ()) -> Watched:
        if isinstance(script, str):
            (tmp_path / "train.py").write_text(script)
            script = Path("train.py")
        report = tmp_path / "report.json"
        command = [*(launcher or [sys.executable]), *COMMAND[1:], "--output-format", "json", "-o", str(report)]
        done = subprocess.run(
            [*command, *options, str(script), *arguments],
            cwd=tmp_path,
            env={**os.environ, **ONE_THREAD},
            capture_output=True,
            text=True,
            timeout=120,
        )
        findings = json.loads(report.read_text()) if report.exists() else []
        return Watched(done.returncode, done.stdout, done.stderr, findings)

    return run
