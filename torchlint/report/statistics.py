"""How often each rule reports."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from torchlint.finding import Finding


def as_text(findings: Iterable[Finding]) -> str:
    """A line for each rule, the most frequent first."""
    rows = _counted(findings)
    width = max((len(str(count)) for _, _, count in rows), default=0)
    return "".join(f"{count:>{width}}  {code}  {name}\n" for code, name, count in rows)


def as_json(findings: Iterable[Finding]) -> str:
    """The same as a list of objects."""
    rows = [{"code": code, "name": name, "count": count} for code, name, count in _counted(findings)]
    return json.dumps(rows, indent=2) + "\n"


def _counted(findings: Iterable[Finding]) -> list[tuple[str, str, int]]:
    counts = Counter((finding.code, finding.name) for finding in findings)
    return sorted(((code, name, count) for (code, name), count in counts.items()), key=lambda row: (-row[2], row[0]))
