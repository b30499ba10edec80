"""What was likely meant by a path that is none."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from torchlint.selection import Rules, matching
from torchlint.suggestion import nearest

CODE = re.compile(r"[A-Za-z]+[0-9]+")


def hint(path: str, rules: Rules, commands: Collection[str]) -> str:
    """`; ...` with what was likely meant, or nothing."""
    if (CODE.fullmatch(path) or "-" in path) and matching(path, rules):
        return f"; it names rules, which an option takes in one word, as in --select TL1,{path}"
    if path in commands:
        return "; as a command, it stands before all options"
    beside = _beside(path)
    if beside is not None:
        return f'; did you mean "{beside}"?'
    command = nearest(path, commands, 0.7) if path.isalpha() else None
    return f'; did you mean "torchlint {command}"?' if command is not None else ""


def _beside(path: str) -> str | None:
    """A path that is there and is named almost so."""
    named = Path(path)
    try:
        names = [entry.name for entry in named.parent.iterdir()]
    except (OSError, ValueError):
        return None
    near = nearest(named.name, names, 0.75)
    return None if near is None or near == named.name else str(named.with_name(near))
