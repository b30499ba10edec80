"""The file of a baseline: the findings that are known, one a line, so that a review can read its changes."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torchlint.cli.failure import UsageError
from torchlint.report.fingerprint import Fingerprint
from torchlint.report.place import absolute
from torchlint.selection import Rules

VERSION = 1
USUAL_NAME = "torchlint-baseline.json"


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A finding that is known; `file` is a path from the folder of the baseline."""

    file: str
    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True)
class Baseline:
    """The entries of one file, each with how many findings look like it."""

    path: str
    entries: Counter[Entry]

    def file_of(self, path: str) -> str:
        """A path as entries hold it."""
        try:
            return Path(os.path.relpath(absolute(path), Path(self.path).parent)).as_posix()
        except ValueError:  # On another drive.
            return Path(absolute(path)).as_posix()

    def path_of(self, entry: Entry) -> Path:
        """Where the file of an entry lies, or lay."""
        return Path(self.path).parent / entry.file


def read(path: str) -> Baseline:
    """The baseline in a file; raises UsageError where there is none."""
    try:
        content = json.loads(Path(path).read_bytes())
    except FileNotFoundError:
        hint = "`torchlint baseline` writes one"
        raise UsageError(f"the baseline {path} cannot be read: there is no such file; {hint}") from None
    except OSError as error:
        raise UsageError(f"the baseline {path} cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no baseline: {error}") from None
    version = content.get("version") if isinstance(content, dict) else None
    if version != VERSION:
        raise UsageError(f'{path} is no baseline of this torchlint: it has no "version": {VERSION}')
    entries: Counter[Entry] = Counter()
    for number, data in enumerate(content.get("findings", ()), 1):
        try:
            entries[_entry(data)] += _count(data)
        except (KeyError, TypeError, ValueError):
            raise UsageError(f"{path} is no baseline: its finding {number} is not as torchlint writes it") from None
    return Baseline(absolute(path), entries)


def as_text(entries: Mapping[Entry, int], rules: Rules) -> str:
    """The content of a file with these entries."""
    lines = ",\n".join(
        f"    {json.dumps(_data(each, entries[each], rules), ensure_ascii=False)}" for each in sorted(entries)
    )
    return f'{{\n  "version": {VERSION},\n  "findings": [\n{lines}\n  ]\n}}\n' if lines else _EMPTY


_EMPTY = f'{{\n  "version": {VERSION},\n  "findings": []\n}}\n'


def _data(entry: Entry, count: int, rules: Rules) -> dict[str, Any]:
    known = entry.fingerprint
    return {
        "file": entry.file,
        "code": known.code,
        "name": rules[known.code].rule.name if known.code in rules else "",
        "within": known.within,
        "text": known.text,
        "count": count,
    }


def _entry(data: Mapping[str, Any]) -> Entry:
    words = [data[key] for key in ("file", "code", "within", "text")]
    if not all(isinstance(word, str) for word in words):
        raise TypeError(words)
    file, *known = words
    return Entry(file, Fingerprint(*known))


def _count(data: Mapping[str, Any]) -> int:
    count = data["count"]
    if not isinstance(count, int) or count < 1:
        raise ValueError(count)
    return count
