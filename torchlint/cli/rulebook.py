"""The installed rules, with what is wrong with them said plainly."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata

from torchlint.cli.failure import UsageError
from torchlint.rule import ENTRY_POINT, BrokenRules, LoadedRule, load_rules, with_folder
from torchlint.selection import Rules, matching
from torchlint.suggestion import did_you_mean


@cache
def installed_rules() -> Rules:
    """Every installed rule by code."""
    try:
        rules = load_rules()
    except BrokenRules as error:
        raise UsageError(str(error)) from error
    if not rules:
        raise UsageError(f'no rules are installed: no package offers the entry point "{ENTRY_POINT}"')
    return rules


def rules_with(folders: Iterable[str]) -> Rules:
    """Every installed rule, and the rules in some folders, by code."""
    rules = installed_rules()
    try:
        for folder in folders:
            rules = with_folder(rules, folder)
    except BrokenRules as error:
        raise UsageError(f"--rules: {error}") from error
    return rules


def find(word: str, rules: Rules) -> list[LoadedRule]:
    """The rule with this code or name, or those whose codes begin so."""
    found = [rules[code] for code in sorted(matching(word, rules))]
    if not found:
        names = (rule.rule.name for rule in rules.values())
        raise UsageError(f'there is no rule "{word}"{did_you_mean(word, [*rules, *names])}')
    return found


@cache
def published() -> str | None:
    """Where this package says that the pages of its rules are published: `Rules` among the urls of its metadata."""
    try:
        urls = metadata("torchlint").get_all("Project-URL") or ()
    except PackageNotFoundError:
        return None
    return next((address for label, _, address in (url.partition(", ") for url in urls) if label == "Rules"), None)
