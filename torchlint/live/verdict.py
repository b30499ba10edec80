"""Which rules judge a live run."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from torchlint.rule import LoadedRule, load_rules


def chosen(select: Sequence[str] | None, ignore: Sequence[str]) -> list[LoadedRule]:
    """The rules of the live eye that are on: those selected, else those on by default, without the ignored."""
    rules = load_rules()
    on = set().union(*(_matching(word, rules) for word in select)) if select is not None else _default(rules)
    off = set().union(*(_matching(word, rules) for word in ignore))
    return [rule for code, rule in rules.items() if code in on - off and "L" in rule.rule.eyes]


def _default(rules: dict[str, LoadedRule]) -> set[str]:
    return {code for code, rule in rules.items() if rule.rule.default}


def _matching(word: str, rules: dict[str, LoadedRule]) -> set[str]:
    """The codes that a selector names: by code, the beginning of one, or name. Raises ValueError if there are none."""
    if word.upper() == "ALL":
        return set(rules)
    found = {code for code, rule in rules.items() if rule.rule.name == word.lower() or code.startswith(word.upper())}
    if not found or not word:
        near = get_close_matches(word, [*rules, *(rule.rule.name for rule in rules.values())], 1)
        raise ValueError(f'no rule matches "{word}"' + (f': did you mean "{near[0]}"?' if near else ""))
    return found
