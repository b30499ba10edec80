"""The installed rules, with what is wrong with them said plainly."""

from __future__ import annotations

import re
from functools import cache

from torchlint.cli.failure import UsageError
from torchlint.rule import ENTRY_POINT, LoadedRule, load_rules
from torchlint.selection import Rules
from torchlint.suggestion import did_you_mean


@cache
def installed_rules() -> Rules:
    """Every installed rule by code."""
    try:
        rules = load_rules()
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise UsageError(f"the installed rules cannot be loaded: {error}") from error
    if not rules:
        raise UsageError(f'no rules are installed: no package offers the entry point "{ENTRY_POINT}"')
    return rules


def find(word: str, rules: Rules) -> LoadedRule:
    """The rule with this code or name."""
    by_name = {rule.rule.name: rule for rule in rules.values()}
    found = rules.get(word.upper()) or by_name.get(word.lower())
    if found is None:
        raise UsageError(f'there is no rule "{word}"{did_you_mean(word, [*rules, *by_name])}')
    return found


def address(rule: LoadedRule) -> str | None:
    """The first address in the "Source" of a rule's page."""
    found = re.search(r"https?://[^\s<>`]+", rule.section("Source"))
    return found[0].rstrip(".,;:)]") if found else None
