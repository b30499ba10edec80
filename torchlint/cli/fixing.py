"""`--fix`: fixes are applied pass by pass, each pass is judged anew, and what it makes worse is taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from torchlint.cli.linting import Outcome, Work, lint
from torchlint.edit.page import CannotEdit
from torchlint.edit.splice import changes_of, compatible, spliced
from torchlint.finding import Finding
from torchlint.fix import Patch
from torchlint.report.place import absolute, lines_of

PASSES = 100
Key = tuple[str, str, str]
"""What tells a finding from others when lines have moved: its file, its code and its message."""
Attempt = tuple[Key, str, str]
"""A fix that was tried: whose it is, the line where that stands, and what it does."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """What is left to report, what was fixed, and the files as they were and as they are to be, by path."""

    outcome: Outcome
    done: tuple[Finding, ...]
    before: dict[str, bytes]
    after: dict[str, bytes]


@dataclass(slots=True)
class Fixer:
    """Works on copies in memory; nothing is written to the disk here."""

    work: Work
    reported: Callable[[Outcome], Sequence[Finding]]
    unsafe: bool
    before: dict[str, bytes]
    after: dict[str, bytes]
    done: list[Finding]
    refused: set[Attempt]
    _names: frozenset[str]

    @classmethod
    def of(cls, work: Work, reported: Callable[[Outcome], Sequence[Finding]], *, unsafe: bool) -> Fixer:
        """A fixer that has done nothing yet.

        `reported` picks the findings to mend; `unsafe` lets it apply fixes that the author should look at.
        """
        return cls(work, reported, unsafe, {}, {}, [], set(), frozenset(work.names().values()))

    def run(self) -> Fixed:
        """Fix until nothing changes any more."""
        outcome = lint(self.work)
        most: int | None = None
        for _ in range(PASSES):
            chosen = self._chosen(outcome)[:most]
            if not chosen:
                break
            written = self._written(chosen)
            later = lint(replace(self.work, edited=self.after | written)) if written else outcome
            if written and _is_better(outcome.findings, later.findings, chosen):
                self.after |= written
                self.done += chosen
                outcome, most = later, None
            elif len(chosen) == 1:
                self.refused.add(_key_in_text(chosen[0], outcome))
            else:
                most = len(chosen) // 2
        return Fixed(outcome, tuple(self.done), self.before, self.after)

    def _chosen(self, outcome: Outcome) -> list[Finding]:
        """The findings that are fixed in one pass: each changes only files that were given, and no place twice."""
        wanted: dict[Patch, Finding] = {}
        for finding in self.reported(outcome):
            patch = self._untried(finding, outcome)
            if patch is not None:
                wanted.setdefault(patch, replace(finding, patch=patch))
        return [wanted[patch] for patch in compatible(wanted)]

    def _untried(self, finding: Finding, outcome: Outcome) -> Patch | None:
        """The first fix of a finding that may be applied and was not refused."""
        patch, names = finding.patch, self._names
        while patch is not None:
            tried = _key_in_text(replace(finding, patch=patch), outcome) in self.refused
            allowed = self.unsafe or not patch.unsafe
            if allowed and not tried and all(change.span.file in names for change in patch.changes):
                return patch
            patch = patch.otherwise
        return None

    def _written(self, chosen: Iterable[Finding]) -> dict[str, bytes]:
        """The files as the fixes make them; none if one of them cannot be written."""
        paths = {name: path for path, name in self.work.names().items()}
        written: dict[str, bytes] = {}
        for name, changes in changes_of(each.patch for each in chosen if each.patch is not None).items():
            path = paths[name]
            try:
                data = self.before.setdefault(path, self._bytes(path))
                written[path] = spliced(path, self.after.get(path, data), changes)
            except (OSError, CannotEdit):
                return {}
        return written

    def _bytes(self, path: str) -> bytes:
        given = self.work.given()
        return given[path] if path in given else Path(path).read_bytes()


def _is_better(before: Sequence[Finding], after: Sequence[Finding], fixed: Sequence[Finding]) -> bool:
    """Whether the findings that were fixed are gone, and no others came."""
    was, now, gone = (Counter(map(_key, findings)) for findings in (before, after, fixed))
    return all(now[key] + gone[key] <= was[key] for key in gone) and not _by_rule(now) - _by_rule(was)


def _by_rule(counts: Counter[Key]) -> Counter[tuple[str, str]]:
    """The same without the messages: what they quote may have changed."""
    summed: Counter[tuple[str, str]] = Counter()
    for (file, code, _), count in counts.items():
        summed[file, code] += count
    return summed


def _key(finding: Finding) -> Key:
    return absolute(finding.site.file), finding.code, finding.message


def _key_in_text(finding: Finding, outcome: Outcome) -> Attempt:
    """The same with the line where the finding stands, for others may say the same of other lines, and its fix."""
    lines = lines_of(outcome.texts(finding.site.file))
    line = lines[finding.site.line - 1] if finding.site.line <= len(lines) else ""
    return _key(finding), line, "" if finding.patch is None else finding.patch.title
