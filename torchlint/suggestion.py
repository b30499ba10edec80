"""The nearest known word to one that is not known."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "..."?` with the nearest known word, or nothing if none is near."""
    from difflib import get_close_matches

    by_folded = {name.casefold(): name for name in known}
    near = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.5)
    return f'; did you mean "{by_folded[near[0]]}"?' if near else ""
