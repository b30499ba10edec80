"""Fixed files on their way to the disk: as a diff to read, or whole into their place."""

from __future__ import annotations

import difflib
import os
import shutil
from pathlib import Path

from torchlint.cli.failure import UsageError
from torchlint.cli.fixing import Fixed
from torchlint.cli.linting import Work
from torchlint.cli.output import replacing, write
from torchlint.report.place import shown
from torchlint.source.notebook import script_of
from torchlint.source.text import NOTEBOOK, decode


def write_fixed(fixed: Fixed, work: Work, *, as_diff: bool) -> None:
    """Write what was fixed: as a diff, or to standard output where it came from there, else into the files."""
    names = work.names()
    if work.stdin is not None and not as_diff:
        (path,) = names
        data = fixed.after.get(path, work.stdin[1])
        write(data.decode() if path.endswith(NOTEBOOK) else decode(data))
        return
    for path, after in fixed.after.items():
        if as_diff:
            write(diff(names[path], fixed.before[path], after))
        else:
            rewrite(path, fixed.before[path], after)


def diff(name: str, before: bytes, after: bytes) -> str:
    """The changes of a file in the form that `patch` and `git apply` take."""
    old, new = (script_of(name, data).splitlines(keepends=True) for data in (before, after))
    return "".join(map(_ended, difflib.unified_diff(old, new, shown(name), shown(name))))


def rewrite(path: str, before: bytes, after: bytes) -> None:
    """Give a file its new bytes, if it still has the old ones: who reads it sees the one or the other, whole.

    Raises UsageError where it has been changed meanwhile, or cannot be written.
    """
    target = Path(path)
    try:
        with replacing(target) as draft:
            with draft.open("xb") as file:
                file.write(after)
                file.flush()
                os.fsync(file.fileno())
            shutil.copymode(target, draft)
            if target.read_bytes() != before:
                raise UsageError(f"{shown(path)} has been changed while it was linted, so it was not fixed")
    except OSError as error:
        raise UsageError(f"{shown(path)} cannot be written: {error.strerror or error}") from None


def _ended(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
