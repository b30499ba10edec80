"""What a shell offers when a word is completed."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from torchlint.cli.failure import UsageError
from torchlint.cli.rulebook import installed_rules


class RuleWords(click.types.StringParamType):
    """Words that mean rules: codes and names are offered, behind a comma the next one."""

    name = "rules"

    def shell_complete(
        self, context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Every code and name that begins so."""
        before, comma, word = incomplete.rpartition(",")
        try:
            rules = [loaded.rule for loaded in installed_rules().values()]
        except UsageError:
            return []
        known = [(rule.code, rule.name) for rule in rules] + [(rule.name, rule.code) for rule in rules]
        return [
            CompletionItem(f"{before}{comma}{offered}", help=other)
            for offered, other in known
            if offered.lower().startswith(word.lower())
        ]


def files(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Whatever files and folders there are: the shell knows them."""
    return [CompletionItem(incomplete, type="file")]


RULES = RuleWords()
PATH = click.Path()
