"""The options that commands share, as what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from torchlint.cli.configuration import Configurations
from torchlint.cli.failure import UsageError
from torchlint.cli.rulebook import rules_with
from torchlint.cli.terminal.completion import PATH
from torchlint.selection import Rules, Selectors, complaint, split

RULE_FOLDERS = click.option(
    "--rules",
    "rule_folders",
    multiple=True,
    metavar="FOLDER",
    type=PATH,
    help="Load rules of your own from the Python files there; this runs them.",
)


@dataclass(frozen=True, slots=True)
class Choice:
    """The rules that there are, what a command says of them, and what configurations say."""

    rules: Rules
    selectors: Selectors
    configurations: Configurations

    @classmethod
    def of(
        cls,
        select: Sequence[str],
        extend: Sequence[str],
        ignore: Sequence[str],
        *,
        folders: Iterable[str] = (),
        config: str | None = None,
        isolated: bool = False,
    ) -> Choice:
        """What these options choose; raises UsageError where one of them means nothing."""
        not_together(("--isolated", isolated), ("--config", config))
        rules = rules_with(folders)
        chosen = selectors(select, extend, ignore, rules)
        return cls(rules, chosen, Configurations(rules, isolated=isolated, file=config))


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


def reason(context: click.Context, parameter: click.Parameter, said: str | None) -> str | None:
    """What stands behind a suppression as its reason; raises UsageError for what cannot, or is likely none."""
    if said is None:
        return None
    if not said.strip() or "\n" in said or "\r" in said:
        raise UsageError("--add-ignores: say in one line why the findings are silenced")
    if Path(said).exists():
        raise UsageError(f'--add-ignores takes a reason; "{said}" is a path')
    return said.strip()
