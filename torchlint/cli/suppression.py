"""Comments that silence findings: `# noqa`, `# torchlint: ignore` and `# torchlint: ignore-file`."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from torchlint.finding import Finding
from torchlint.problem import UNUSED_SUPPRESSION, Problem
from torchlint.selection import EVERY, Rules, matching

HINT = re.compile(r"#\s*(?:noqa|torchlint:)|#.*#\s*(?:noqa|torchlint:)", re.IGNORECASE)
CODE = r"[A-Za-z]+[0-9]+x*"
NOQA = re.compile(rf"#\s*noqa\b(?P<colon>\s*:\s*(?P<words>{CODE}(?:[\s,]+{CODE}\b)*)?)?", re.IGNORECASE)
OWN = re.compile(r"#\s*torchlint:\s*ignore(?P<file>-file)?\b(?:\s*\[(?P<words>[^\]]*)\])?", re.IGNORECASE)


@dataclass(slots=True)
class Suppression:
    """One comment. `words` None silences every rule; `own` is False for another tool's comment."""

    line: int
    column: int
    end_column: int
    words: tuple[str, ...] | None
    own: bool
    whole_file: bool = False
    used: set[str] = field(default_factory=set)

    def silences(self, code: str, rules: Rules) -> bool:
        """Whether it names a rule; what it names is remembered as used."""
        if self.words is None:
            self.used.add(EVERY)
            return True
        naming = {word for word in self.words if code in matching(word, rules)}
        self.used |= naming
        return bool(naming)

    def unused(self, rules: Rules) -> list[str] | None:
        """The words that silenced nothing; None for a comment without words that silenced nothing.

        Codes of other tools, and a bare `# noqa`, are never ours to report.
        """
        if self.words is None:
            return [] if self.used or not self.own else None
        ours = self.words if self.own else tuple(word for word in self.words if matching(word, rules))
        return [word for word in ours if word not in self.used and UNUSED_SUPPRESSION not in matching(word, rules)]


def suppressions_in(text: str) -> list[Suppression]:
    """The suppressing comments of a file."""
    if HINT.search(text) is None:
        return []
    return [found for line, column, comment in _comments(text) for found in _read(line, column, comment)]


def keep(
    findings: Iterable[tuple[int, Finding]], suppressions: list[Suppression], rules: Rules
) -> list[tuple[int, Finding]]:
    """The findings of one file that no comment silences, each beside the first line of its statement."""
    kept: list[tuple[int, Finding]] = []
    for first_line, finding in findings:
        site = finding.site
        lines = {first_line, *range(site.line, max(site.line, site.end_line) + 1)}
        about = [each for each in suppressions if each.whole_file or each.line in lines]
        silencing = [each for each in about if each.silences(finding.code, rules)]
        if not silencing:
            kept.append((first_line, finding))
    return kept


def unused(path: str, suppressions: Iterable[Suppression], rules: Rules) -> Iterator[Problem]:
    """The comments that silence nothing, each with a sentence that says so."""
    for each in suppressions:
        words = each.unused(rules)
        if words == []:
            continue
        where = "in this file" if each.whole_file else "on this line"
        reasons = [f"no rule reports anything {where}"] if words is None else []
        for word in words or ():
            reasons.append(f"{word} is not reported {where}" if matching(word, rules) else f"{word} is no rule")
        for reason in reasons:
            message = f"This comment silences nothing: {reason}."
            yield Problem(path, UNUSED_SUPPRESSION, message, each.line, each.column, each.end_column)


def _read(line: int, column: int, comment: str) -> Iterator[Suppression]:
    for found in OWN.finditer(comment):
        words = found["words"]
        named = None if words is None else tuple(word.strip() for word in words.split(",") if word.strip())
        place = (line, column + found.start() + 1, column + found.end() + 1)
        yield Suppression(*place, named, own=True, whole_file=found["file"] is not None)
    for found in NOQA.finditer(comment):
        words = found["words"]
        # A colon without codes is a slip, and silences nothing, as in ruff.
        named = None if found["colon"] is None else tuple(re.findall(CODE, words or ""))
        place = (line, column + found.start() + 1, column + found.end() + 1)
        yield Suppression(*place, named and tuple(word.rstrip("xX") for word in named), own=False)


def _comments(text: str) -> Iterator[tuple[int, int, str]]:
    """Line, column from 0, and text of each comment; after a place that cannot be tokenized, line by line."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    last = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            last = token.end[0]
            if token.type == tokenize.COMMENT:
                yield (*token.start, token.string)
    except (tokenize.TokenError, SyntaxError, ValueError):
        for number, line in enumerate(text.split("\n")[last:], start=last + 1):
            start = line.find("#")
            if start >= 0:
                yield number, start, line[start:]
