"""The options that commands share, as what they mean."""

from __future__ import annotations

from collections.abc import Sequence

from torchlint.cli.failure import UsageError
from torchlint.selection import Rules, Selectors, complaint, split


def selectors(select: Sequence[str], extend: Sequence[str], ignore: Sequence[str], rules: Rules) -> Selectors:
    """What the options of a command say; raises UsageError for a word that names no rule."""
    if select and not split(select):
        raise UsageError('--select: "" names no rule (is a variable empty?)')
    for option, values in (("--select", select), ("--extend-select", extend), ("--ignore", ignore)):
        for word in split(values):
            wrong = complaint(word, rules)
            if wrong is not None:
                raise UsageError(f"{option}: {wrong}")
    return Selectors(split(select) if select else None, split(extend), split(ignore))
