"""`--changed`: what git says is not as it was at a commit. Only the names of files are asked of git."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

from torchlint.cli.configuration import Configurations
from torchlint.cli.discovery import Found, discover
from torchlint.cli.failure import UsageError

LAST_COMMIT = "HEAD"


class NoAnswer(Exception):
    """Git says no, in its own words."""


def only_changed(found: Found, revision: str, configurations: Configurations) -> Found:
    """Of what was found, the files that have changed since a revision; the whole project is read beside them."""
    top = _top()
    changed = {os.path.realpath(top / name) for name in _names(top, revision)}
    files = [file for file in found.files if os.path.realpath(file) in changed]
    beside: set[str] = set()
    if files:
        beside = {*found.files, *discover((str(top),), configurations).files}.difference(files)
    return replace(found, files=files, beside=sorted(beside))


def is_revision(word: str) -> bool:
    """Whether git takes a word for a commit, or it stands for the last one, which a new repository does not have."""
    return word == LAST_COMMIT or _commit(_top(), word) is not None


def _top() -> Path:
    try:
        return Path(_git(Path.cwd(), "rev-parse", "--show-toplevel").removesuffix("\n"))
    except NoAnswer:
        raise UsageError("--changed: the current folder is in no git repository") from None


def _names(top: Path, revision: str) -> list[str]:
    """Paths from the top of the repository, of all that differs from where the revision and this branch parted."""
    commit = _commit(top, revision)
    if commit is not None:
        tracked = _git(top, "diff", "--name-only", "--no-relative", "-z", _parting(top, commit), "--")
    elif revision == LAST_COMMIT:
        tracked = _git(top, "ls-files", "-z")
    else:
        raise UsageError(f'--changed: git knows no commit "{revision}"')
    untracked = _git(top, "ls-files", "--others", "--exclude-standard", "-z")
    return [name for name in (tracked + untracked).split("\0") if name]


def _commit(top: Path, revision: str) -> str | None:
    try:
        return _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").strip()
    except NoAnswer:
        return None


def _parting(top: Path, commit: str) -> str:
    """The commit where the way to another one parts from this branch; that one itself where the history is cut off."""
    try:
        return _git(top, "merge-base", commit, LAST_COMMIT).strip()
    except NoAnswer:
        return commit


def _git(folder: Path, *arguments: str) -> str:
    # A repository may name a program of its own to be run here: it is not asked to.
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=True)
    except FileNotFoundError:
        raise UsageError("--changed needs git, which is not installed") from None
    except subprocess.CalledProcessError as error:
        raise NoAnswer(error.stderr.decode("utf-8", "replace")) from None
    return os.fsdecode(done.stdout)
