"""A command line in a fresh process and a folder of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

LAUNCHER = Path(__file__).parent / "launcher.py"
Run = Callable[..., "CompletedProcess[str]"]
PLAIN = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}


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
