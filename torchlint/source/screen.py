"""Which files are worth parsing: those with a sign of torch, those that they import, and those that import one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from torchlint.source.text import NOTEBOOK, UnreadableText, has_signs, script_of

_IMPORTED = re.compile(rb"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]+(.*)|import[ \t]+(.*))$", re.MULTILINE)
_WORD = re.compile(rb"\w+")


def worth_parsing(paths: Sequence[str]) -> set[str]:
    """The files that mention torch or a framework, that such a file imports, or that import, at any distance, one.

    A file that cannot be read is worth the attempt, for its problem is told where it is read.
    """
    worth: set[str] = set()
    imported: dict[str, set[bytes]] = {}
    for path in paths:
        try:
            data = Path(path).read_bytes()
            if path.endswith(NOTEBOOK):
                data = script_of(path, data).encode()
        except (OSError, UnreadableText):
            worth.add(path)
            continue
        if has_signs(data) or b"\0" in data:
            worth.add(path)
        imported[path] = {
            word
            for match in _IMPORTED.finditer(data)
            for group in match.groups()
            if group
            for word in _WORD.findall(group)
        }
    wanted = {word for path in worth for word in imported.get(path, ())}
    worth |= {path for path in imported if _module_name(path) in wanted}
    grew = bool(worth)
    while grew:
        names = {_module_name(path) for path in worth}
        new = {path for path, words in imported.items() if path not in worth and words & names}
        worth |= new
        grew = bool(new)
    return worth


def _module_name(path: str) -> bytes:
    file = Path(path)
    return (file.parent.name if file.stem == "__init__" else file.stem).encode()
