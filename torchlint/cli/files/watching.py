"""`--watch`: the work is done again whenever a file of it, or its configuration, has changed."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NoReturn

import click

from torchlint.cli.failure import UsageError
from torchlint.cli.output import note

PAUSE = 0.5
"""Seconds between two looks at the files; more where a look takes long."""
Snapshot = dict[str, tuple[int, int]]


def again_and_again(work: Callable[[], object], look: Callable[[], Iterable[str]]) -> NoReturn:
    """Do the work, then wait until one of the files that `look` names has changed, and so on until interrupted."""
    while True:
        before = _snapshot(look)
        click.clear()
        try:
            work()
        except UsageError as error:
            note(f"error: {error}")
        note("Watching for changes. Ctrl-C ends it.")
        gc.collect()
        _wait(before, look)


def _wait(before: Snapshot, look: Callable[[], Iterable[str]]) -> None:
    while True:
        begun = time.monotonic()
        if _snapshot(look) != before:
            return
        time.sleep(max(PAUSE, 5 * (time.monotonic() - begun)))


def _snapshot(look: Callable[[], Iterable[str]]) -> Snapshot:
    """When each file was written, and its size; a configuration that cannot be read is seen by its own file."""
    found: Snapshot = {}
    try:
        names = list(look())
    except UsageError:
        names = [str(path) for path in Path.cwd().glob("*.toml")]
    for name in names:
        try:
            status = Path(name).stat()
        except OSError:
            continue
        found[name] = (status.st_mtime_ns, status.st_size)
    return found
