"""A command line in a fresh process and a folder of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from torchlint.cli.main import exit_code

LAUNCHER = Path(__file__).parent / "launcher.py"
Run = Callable[..., "CompletedProcess[str]"]
PLAIN = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}


@pytest.fixture
def run_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run torchlint itself in the test's folder and in this process, where one of its own would add nothing."""
    monkeypatch.chdir(tmp_path)

    def run_here(*arguments: str) -> "CompletedProcess[str]":
        monkeypatch.setattr(sys, "argv", ["torchlint", *arguments])
        code = exit_code()
        printed = capsys.readouterr()
        return CompletedProcess(arguments, code, printed.out, printed.err)

    return run_here


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with one file that breaks an error rule and a warning rule."""
    (tmp_path / "train.py").write_text("import torch\nclip = 1\nclear = 2\n")
    return tmp_path


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run torchlint, with the stand-in for the source eye, in the test's folder."""

    def run(*arguments: str, stdin: str = "", real: bool = False, **environment: str) -> "CompletedProcess[str]":
        program = ["-m", "torchlint"] if real else [str(LAUNCHER)]
        return subprocess.run(
            [sys.executable, *program, *arguments],
            cwd=tmp_path,
            env=PLAIN | environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run
