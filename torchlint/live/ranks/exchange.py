"""Sends the findings and records of all ranks to the first of them, through a folder on their machine.

Files outlive what the script made and took down again: its process group, and ranks that have ended.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from torchlint.live.ranks.records import Rank

PATIENCE = 20.0
"""Seconds for which the first rank waits for the others, once it has ended itself."""
PAUSE = 0.05
NAMES_OF_A_RUN = ("TORCHELASTIC_RUN_ID", "TORCHELASTIC_RESTART_COUNT", "MASTER_ADDR", "MASTER_PORT", "SLURM_JOB_ID")


class Exchange:
    """The folder that the ranks of one run on one machine have in common."""

    def __init__(self, rank: Rank, environment: Mapping[str, str]) -> None:
        self.rank = rank
        names = [environment.get(name, "") for name in NAMES_OF_A_RUN]
        key = hashlib.blake2b("\0".join([*names, str(_user())]).encode(), digest_size=8).hexdigest()
        self._folder = Path(tempfile.gettempdir(), f"torchlint-{key}")
        self._file(rank.number).unlink(missing_ok=True)  # That of an earlier run.

    def give(self, said: dict[str, Any]) -> None:
        """Write what this rank has found; nothing where the folder is not to be trusted or written."""
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            if self._folder.stat().st_uid != _user():
                return
            draft = self._file(self.rank.number).with_suffix(".part")
            draft.write_text(json.dumps(said), encoding="utf-8")
            draft.replace(self._file(self.rank.number))

    def gather(self, patience: float = PATIENCE) -> dict[int, dict[str, Any]]:
        """What the other ranks have left, by rank; those that leave nothing in time are missing."""
        deadline = time.monotonic() + patience
        missing = set(range(self.rank.here)) - {self.rank.number}
        found: dict[int, dict[str, Any]] = {}
        while missing:
            for number in sorted(missing):
                with suppress(OSError, ValueError):
                    found[number] = json.loads(self._file(number).read_text(encoding="utf-8"))
            missing -= found.keys()
            if missing and time.monotonic() > deadline:
                break
            time.sleep(PAUSE if missing else 0)
        self._clear()
        return dict(sorted(found.items()))

    def _clear(self) -> None:
        with suppress(OSError):
            for file in self._folder.iterdir():
                file.unlink()
            self._folder.rmdir()

    def _file(self, number: int) -> Path:
        return self._folder / f"rank{number}.json"


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0
