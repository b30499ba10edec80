"""The options that commands share, as what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

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


def not_together(first: tuple[str, object], second: tuple[str, object]) -> None:
    """Raise UsageError where both of two options are given, each with its name."""
    if first[1] and second[1]:
        raise UsageError(f"{first[0]} and {second[0]} cannot be used together")


def check_reason(reason: str) -> None:
    """Raise UsageError for what cannot stand behind a suppression as its reason."""
    if not reason.strip() or "\n" in reason or "\r" in reason:
        raise UsageError("--add-ignores: say in one line why the findings are silenced")
    if Path(reason).exists():
        raise UsageError(f'--add-ignores takes a reason; "{reason}" is a path')
