"""Which files are linted: those that are named, and the Python files under folders that are named."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from torchlint.cli.failure import UsageError
from torchlint.report.place import absolute
from torchlint.source.text import NOTEBOOK

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from torchlint.cli.configuration import Configurations

LEFT_OUT = frozenset(
    {
        *(".bzr", ".git", ".git-rewrite", ".hg", ".svn"),
        *(
            ".direnv",
            ".pyenv",
            ".venv",
            "venv",
            "site-packages",
            "node_modules",
            "__pypackages__",
            ".pants.d",
        ),
        *(".mypy_cache", ".pytest_cache", ".pytype", ".ruff_cache", "__pycache__", ".ipynb_checkpoints"),
        *(".eggs", ".nox", ".tox", "_build", "buck-out", "build", "dist", ".vscode"),
    }
)


NO_FILES = "warning: no Python files found under the given paths"


@dataclass(slots=True)
class Found:
    """The files to lint, as absolute paths in a stable order, and what could not be read on the way.

    `refused` are the paths that were named and are none that can be linted, with the reason; `beside` are files that
    are read too, for what the others do with them, while nothing is reported there.
    """

    files: list[str] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ignores:
    """One `.gitignore`: its patterns speak of what lies in its folder."""

    folder: str
    spec: GitIgnoreSpec

    def verdict(self, path: str) -> bool | None:
        """True to leave a path out, False to keep it, None to say nothing; folders end in a slash."""
        inside = os.path.relpath(path, self.folder).replace(os.sep, "/")
        return self.spec.check_file(inside + "/" * path.endswith(os.sep)).include


def discover(paths: Sequence[str], configurations: Configurations, *, force_exclude: bool = False) -> Found:
    """Every file that these paths mean. A path that is named is never left out, except by `force_exclude`."""
    found = Found()
    for path in paths:
        reason = _refused(path)
        if reason is not None:
            found.refused.append((path, reason))
            continue
        path = absolute(path)
        if force_exclude and configurations.of(path).excludes(path, folder=Path(path).is_dir()):
            continue
        if Path(path).is_dir():
            found.files += _walk(path, configurations, found.unread)
        else:
            found.files.append(path)
    found.files = sorted(set(found.files))
    return found


def require_all(found: Found) -> Found:
    """What was found, where a path that is none would make what follows wrong; raises UsageError for it."""
    if found.refused:
        raise UsageError("; ".join(f"{path}: {reason}" for path, reason in found.refused))
    return found


def _refused(path: str) -> str | None:
    """Why a path that is named cannot be linted, if it cannot."""
    if not path:
        return "an empty path (is a variable empty?)"
    try:
        Path(path).stat()
    except PermissionError:
        return None
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
    return None


def _walk(root: str, configurations: Configurations, unread: list[tuple[str, str]]) -> Iterator[str]:
    """The Python files under a folder. Links to folders are not followed, so no loop can hold it."""
    waiting = [(root, _ignores_above(root))]
    around = configurations.of(root)
    passed_over = around if around.excludes(root, folder=True) else None
    while waiting:
        folder, ignores = waiting.pop()
        own = _ignores_in(folder)
        if own is not None:
            ignores = (*ignores, own)
        configuration = configurations.of_folder(Path(folder))
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            unread.append((folder, error.strerror or str(error)))
            continue
        for entry in entries:
            is_folder = entry.is_dir(follow_symlinks=False)
            if not is_folder and not _is_python_file(entry):
                continue
            excluded = None
            if configuration is not passed_over:
                excluded = configuration.excludes(entry.path, folder=is_folder)
            if excluded or (excluded is None and entry.name in LEFT_OUT):
                continue
            if _ignored(entry.path + os.sep * is_folder, ignores):
                continue
            if is_folder:
                waiting.append((entry.path, ignores))
                continue
            try:
                if stat.S_ISREG(entry.stat().st_mode):
                    yield entry.path
            except OSError as error:
                unread.append((entry.path, error.strerror or str(error)))


def _is_python_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is one by its name, or a notebook; editors' lock files only look so."""
    return entry.name.endswith((".py", NOTEBOOK)) and not entry.name.startswith(".#")


def _ignored(path: str, ignores: Iterable[Ignores]) -> bool:
    """Whether the last pattern that speaks of a path, the nearest file's first, leaves it out."""
    for each in reversed(tuple(ignores)):
        verdict = each.verdict(path)
        if verdict is not None:
            return verdict
    return False


def _ignores_above(root: str) -> tuple[Ignores, ...]:
    """The `.gitignore` files from the top of the repository down to a folder, without the folder's own.

    One that leaves out the folder itself is passed over: the folder was named.
    """
    above: list[str] = []
    for folder in (root, *map(str, Path(root).parents)):
        if folder != root:
            above.append(folder)
        if Path(folder, ".git").exists():
            break
    else:
        return ()
    found = (_ignores_in(folder) for folder in reversed(above))
    return tuple(each for each in found if each is not None and not _covers(each, root))


def _covers(ignores: Ignores, root: str) -> bool:
    return bool(ignores.verdict(root + os.sep))


def _ignores_in(folder: str) -> Ignores | None:
    try:
        content = Path(folder, ".gitignore").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    from pathspec import GitIgnoreSpec

    try:
        return Ignores(folder, GitIgnoreSpec.from_lines(content.splitlines()))
    except ValueError:
        lines = (line for line in content.splitlines() if _is_pattern(line))
        return Ignores(folder, GitIgnoreSpec.from_lines(lines))


def _is_pattern(line: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True
