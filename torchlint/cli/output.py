"""Where a report goes: to the screen, which may close early, or whole into a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from torchlint.cli.failure import UsageError


def use_colours(environment: Mapping[str, str], stream: IO[str] | None) -> bool:
    """NO_COLOR turns colours off, FORCE_COLOR on; otherwise a terminal decides."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return stream is not None and stream.isatty() and environment.get("TERM") != "dumb"


def write(text: str, stream: IO[str] | None = None, *, colours: bool = False) -> None:
    """Print a text on standard output, or on another stream. A reader that has seen enough (`| head`) is no error."""
    stream = stream or sys.stdout
    if stream is None:  # The caller closed it.
        return
    try:
        click.echo(text, stream, nl=False, color=colours)
        stream.flush()
    except BrokenPipeError:
        _silence(stream)
    except OSError as error:
        _silence(stream)
        raise UsageError(f"the report cannot be written: {error.strerror or error}") from None


def note(text: str) -> None:
    """One line on standard error."""
    try:
        click.echo(text, err=True)
    except OSError:
        return


def check_writable(path: str) -> None:
    """Say before the work, not after it, that a report cannot go there."""
    if not Path(path).parent.is_dir():
        raise UsageError(f"{path} cannot be written: there is no folder {Path(path).parent}")
    if Path(path).is_dir():
        raise UsageError(f"{path} cannot be written: it is a folder")
    target = Path(path).resolve()
    if (target.is_file() or not target.exists()) and not os.access(target.parent, os.W_OK):
        raise UsageError(f"{path} cannot be written: nothing can be written in the folder {Path(path).parent}")


def write_file(text: str, path: str) -> None:
    """Write a file so that a reader sees the old report or the new one, never a half."""
    try:
        target = Path(path).resolve()
        if target.exists() and not target.is_file():
            _write(text, target)
            return
        with replacing(target) as draft:
            _write(text, draft)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A file beside another one, to be written: it takes the other's place at the end, and is gone after an error."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield draft
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def append_file(text: str, path: str) -> None:
    """Add to a file that others write to as well."""
    try:
        with Path(path).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None


def _write(text: str, path: Path) -> None:
    with path.open("w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)


def _silence(stream: IO[str]) -> None:
    """Send what is left in the buffers nowhere, so that closing them raises nothing."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
