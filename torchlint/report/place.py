"""How a report names and quotes a place."""

from __future__ import annotations

import os
from pathlib import Path

from torchlint.facts.site import CellSite, Site


def shown(path: str) -> str:
    """A path as a reader wants it: from the current folder where it lies below that."""
    below = Path.cwd().as_posix() + "/"
    return path[len(below) :] if Path(path).as_posix().startswith(below) else path


def cell_of(site: Site) -> str:
    """The cell of a notebook in which a place lies, in front of its row; empty elsewhere."""
    return f"cell {site.cell}:" if isinstance(site, CellSite) else ""


def absolute(path: str) -> str:
    """A path from the root, without `.` and `..`; links stay as they are."""
    return os.path.normpath(Path(path).absolute())


def relative(path: str, folder: str | None = None) -> str:
    """A path from a folder (the current one), with `/` on every system; one that lies elsewhere from the root."""
    try:
        return Path(absolute(path)).relative_to(absolute(folder or ".")).as_posix()
    except ValueError:
        return Path(absolute(path)).as_posix()


def lines_of(text: str | None) -> list[str]:
    """The lines of a source text, counted as Python counts them."""
    return (text or "").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def sentences(message: str, instead: str) -> str:
    """A finding in one line."""
    return one_line(f"{message} {instead}")


def one_line(text: str) -> str:
    """A text without its line ends."""
    return " ".join(text.split())
