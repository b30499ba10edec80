"""Which files are worth parsing: those with a sign of torch, those that they import, and those that import one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from torchlint.source.notebook import script_of
from torchlint.source.text import NOTEBOOK, UnreadableText, has_signs

_IMPORTED = re.compile(rb"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]+(.*)|import[ \t]+(.*))$", re.MULTILINE)
_WORD = re.compile(rb"\w+")
_DOTTED = re.compile(rb"[\w.]*\w")
NOTHING: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Screened:
    """What a glance at a text tells: whether it is worth parsing by itself, and what stands behind its imports.

    `words` are single words, and `imported` all dotted names that may be of modules, without leading dots.
    """

    is_worth: bool
    words: frozenset[bytes]
    imported: frozenset[str]


def worth_parsing(
    paths: Sequence[str],
    given: Mapping[str, bytes] = NOTHING,
    look: Callable[[str, bytes], Screened] | None = None,
) -> set[str]:
    """The files that mention torch or a framework, that such a file imports, or that import, at any distance, one.

    A file that cannot be read is worth the attempt, for its problem is told where it is read. `given` are the bytes of
    files that are not as on the disk, and `look` is how a text is looked at, where that may be known.
    """
    look = look or screened
    worth: set[str] = set()
    imported: dict[str, frozenset[bytes]] = {}
    for path in paths:
        try:
            seen = look(path, given[path] if path in given else Path(path).read_bytes())
        except (OSError, UnreadableText):
            worth.add(path)
            continue
        if seen.is_worth:
            worth.add(path)
        imported[path] = seen.words
    wanted = {word for path in worth for word in imported.get(path, ())}
    worth |= {path for path in imported if _module_name(path) in wanted}
    grew = bool(worth)
    while grew:
        names = {_module_name(path) for path in worth}
        new = {path for path, words in imported.items() if path not in worth and words & names}
        worth |= new
        grew = bool(new)
    return worth


def screened(path: str, data: bytes) -> Screened:
    """Look at a text without parsing it. Raises UnreadableText for a notebook that is none."""
    if path.endswith(NOTEBOOK):
        data = script_of(path, data).encode()
    words: set[bytes] = set()
    dotted: set[str] = set()
    for match in _IMPORTED.finditer(data):
        words.update(word for group in match.groups() if group for word in _WORD.findall(group))
        dotted.update(_modules(*match.groups()))
    return Screened(has_signs(data) or b"\0" in data, frozenset(words), frozenset(dotted))


def importing(paths: Iterable[str], screened_files: Mapping[str, Screened]) -> set[str]:
    """These files and those that may import one of them, at any distance, by the names behind their imports."""
    found: set[str] = set()
    waiting = list(paths)
    while waiting:
        path = waiting.pop()
        found.add(path)
        names = _dotted_names(path)
        waiting += [
            each for each, seen in screened_files.items() if each not in found and not names.isdisjoint(seen.imported)
        ]
    return found


def _modules(base: bytes | None, names: bytes | None, plain: bytes | None) -> Iterable[str]:
    """The dotted names that an import may mean as modules, packages on the way to them included."""
    if base is None:
        for each in _DOTTED.findall(plain or b""):
            parts = each.decode("utf-8", "replace").split(".")
            yield from (".".join(parts[:count]) for count in range(1, len(parts) + 1))
        return
    package = base.decode("utf-8", "replace").lstrip(".")
    if package:
        yield package
    for each in _WORD.findall(names or b""):
        name = each.decode("utf-8", "replace")
        yield f"{package}.{name}" if package else name


def _dotted_names(path: str) -> frozenset[str]:
    """Every name under which a file may be imported, from its own to those with all folders above it."""
    file = Path(path)
    parts = file.parent.parts if file.stem == "__init__" else (*file.parent.parts, file.stem)
    return frozenset(".".join(parts[start:]) for start in range(len(parts)))


def _module_name(path: str) -> bytes:
    file = Path(path)
    return (file.parent.name if file.stem == "__init__" else file.stem).encode()
