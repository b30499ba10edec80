"""A file that is fixed is the old one or the new one, whole, at whatever moment the process is killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from torchlint.cli.rewriting import rewrite

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing to fork")

OLD = b"".join(b"old = %d\n" % number for number in range(2_000))
NEW = b"".join(b"brand_new = %d\n" % number for number in range(2_000))
KILLS = 200


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_killed_writer_leaves_whole_files(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_bytes(OLD)
    draw = random.Random(0)
    seen: set[bytes] = set()
    for _ in range(KILLS):
        writer = os.fork()
        if writer == 0:
            write_for_ever(script)
        time.sleep(draw.uniform(0, 0.01))
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
        seen.add(script.read_bytes())
    assert seen == {OLD, NEW}


def write_for_ever(script: Path) -> None:
    """What the child does until it is killed."""
    try:
        while True:
            now = script.read_bytes()
            rewrite(str(script), now, NEW if now == OLD else OLD)
    finally:
        os._exit(1)


@pytest.mark.slow
def test_a_killed_command_leaves_whole_files(tmp_path: Path) -> None:
    before = "import torch\nfrom torch.autograd import Variable\nx = Variable(torch.ones(2))\n"
    after = before.replace("Variable(torch.ones(2))", "torch.ones(2)")
    draw = random.Random(0)
    seen: set[str] = set()
    for _ in range(10):
        scripts = [tmp_path / f"part{number}.py" for number in range(40)]
        for script in scripts:
            script.write_text(before)
        command = [sys.executable, "-m", "torchlint", "--fix", "--isolated", "-j1", "--quiet", str(tmp_path)]
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(draw.uniform(0.2, 1.5))
        running.kill()
        running.wait()
        seen |= {script.read_text() for script in scripts}
    assert seen <= {before, after}
