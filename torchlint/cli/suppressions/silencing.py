"""What the comments of a file silence, and what is to be said of comments that silence nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from torchlint.cli.suppressions.comments import Slip, Suppression
from torchlint.finding import Finding
from torchlint.problem import INVALID_SUPPRESSION, UNUSED_SUPPRESSION, Problem
from torchlint.selection import Rules, matching


def keep(
    findings: Iterable[tuple[int, Finding]], suppressions: Sequence[Suppression], rules: Rules
) -> list[tuple[int, Finding]]:
    """The findings of one file that no comment silences, each beside the first line of its statement."""
    kept: list[tuple[int, Finding]] = []
    for first_line, finding in findings:
        site = finding.site
        lines = {first_line, *range(site.line, max(site.line, site.end_line) + 1)}
        about = [each for each in suppressions if each.whole_file or each.place.line in lines]
        silencing = [each for each in about if each.silences(finding.code, rules)]
        if not silencing:
            kept.append((first_line, finding))
    return kept


def invalid(path: str, slips: Iterable[Slip]) -> Iterator[Problem]:
    """The comments that were meant to silence something and are not written so."""
    for each in slips:
        message = f"This comment silences nothing: {each.reason}"
        stop = "" if message.endswith("?") else "."
        yield Problem(
            path,
            INVALID_SUPPRESSION,
            message + stop,
            each.place.line,
            each.place.column,
            each.place.end_column,
        )


def unused(path: str, suppressions: Iterable[Suppression], rules: Rules) -> Iterator[Problem]:
    """The comments that silence nothing, each with a sentence that says so."""
    for each in suppressions:
        words = _unused_words(each, rules)
        where = "in this file" if each.whole_file else "on this line"
        reasons = [f"no rule reports anything {where}"] if words is None else []
        reasons += [f"{word} is not reported {where}" for word in words or ()]
        for reason in reasons:
            message = f"This comment silences nothing: {reason}."
            place = each.place
            yield Problem(path, UNUSED_SUPPRESSION, message, place.line, place.column, place.end_column)


def _unused_words(suppression: Suppression, rules: Rules) -> list[str] | None:
    """The words that silenced nothing; None for a comment without words that silenced nothing.

    Codes of other tools, and a bare `# noqa`, are never ours to report; a word that names no rule is no valid one.
    """
    if suppression.words is None:
        return [] if suppression.used or not suppression.own else None
    ours = (word for word in suppression.words if (codes := matching(word, rules)) and UNUSED_SUPPRESSION not in codes)
    return [word for word in ours if word not in suppression.used]
