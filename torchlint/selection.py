"""Which rules are on, for both eyes: selectors (a code, a prefix, a name or ALL), of which the narrower decides."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from torchlint.finding import Severity
from torchlint.rule import LoadedRule
from torchlint.suggestion import did_you_mean

EVERY = "ALL"
Rules = Mapping[str, LoadedRule]


@dataclass(frozen=True, slots=True)
class Selectors:
    """What one place (a configuration file, the command line, a call of `live.watch`) says about which rules are on.

    `select` None means that it says nothing; otherwise it begins anew from what came before.
    """

    select: tuple[str, ...] | None = None
    extend: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


def matching(selector: str, rules: Rules) -> frozenset[str]:
    """The codes that a selector names; none if it is no selector of these rules."""
    word = selector.strip()
    if word.upper() == EVERY:
        return frozenset(rules)
    by_name = frozenset(code for code, rule in rules.items() if rule.rule.name == word.lower())
    if by_name or not word:
        return by_name
    return frozenset(code for code in rules if code.startswith(word.upper()))


def complaint(selector: str, rules: Rules) -> str | None:
    """What is wrong with a selector, with the nearest valid one, or None."""
    if matching(selector, rules):
        return None
    names = [rule.rule.name for rule in rules.values()]
    return f'no rule matches "{selector}"{did_you_mean(selector, [EVERY, *rules, *names])}'


def enabled(layers: Iterable[Selectors], rules: Rules) -> frozenset[str]:
    """The codes that are on. Without a `select`, those that are on by default.

    What says that a file was not checked, or that a comment does not silence what it was to, stays on whatever is
    selected, unless it is ignored by its code: a file that was not read is not a clean file.
    """
    about_linting = {code for code, rule in rules.items() if not rule.checks and rule.rule.default}
    on = {code for code, rule in rules.items() if rule.rule.default}
    for layer in layers:
        if layer.select is not None:
            on = set(about_linting)
        chosen = (*(layer.select or ()), *layer.extend)
        steps = [(_narrowness(word, rules), False, word) for word in chosen]
        steps += [(_narrowness(word, rules), True, word) for word in layer.ignore]
        for _, ignored, word in sorted(steps):
            codes = matching(word, rules)
            on = on - codes if ignored else on | codes
    return frozenset(on)


def severity_of(code: str, overrides: Mapping[str, Severity], rules: Rules) -> Severity | None:
    """The severity that the narrowest override gives a rule, if any does."""
    word = narrowest(code, overrides, rules)
    return None if word is None else overrides[word]


def narrowest(code: str, selectors: Iterable[str], rules: Rules) -> str | None:
    """The selector that says the most of those that name a rule, if any does."""
    about = [word for word in selectors if code in matching(word, rules)]
    return max(about, key=lambda word: _narrowness(word, rules)) if about else None


def split(values: Sequence[str]) -> tuple[str, ...]:
    """Selectors given as `--select TL1,TL2 --select TL3`."""
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())


def _narrowness(selector: str, rules: Rules) -> int:
    """How much a selector says: ALL nothing, a longer prefix more, a code or a name the most."""
    word = selector.strip()
    if word.upper() == EVERY:
        return 0
    is_one_rule = word.upper() in rules or any(word.lower() == rule.rule.name for rule in rules.values())
    return sys.maxsize if is_one_rule else len(word)
