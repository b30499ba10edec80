"""`--fix`: fixes are applied pass by pass, each pass is judged anew, and what it makes worse is taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

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
    """Works on copies in memory; nothing is written to the disk here.

    `most` is how many fixes are tried at once in files where more of them made it worse.
    """

    work: Work
    reported: Callable[[Outcome], Sequence[Finding]]
    unsafe: bool
    before: dict[str, bytes]
    after: dict[str, bytes]
    done: list[Finding]
    refused: set[Attempt]
    most: dict[str, int]
    _names: frozenset[str]

    @classmethod
    def of(cls, work: Work, reported: Callable[[Outcome], Sequence[Finding]], *, unsafe: bool) -> Fixer:
        """A fixer that has done nothing yet.

        `reported` picks the findings to mend; `unsafe` lets it apply fixes that the author should look at.
        """
        return cls(work, reported, unsafe, {}, {}, [], set(), {}, frozenset(work.names().values()))

    def run(self) -> Fixed:
        """Fix until nothing changes any more."""
        outcome = lint(self.work)
        for _ in range(PASSES):
            chosen = self._chosen(outcome)
            if not chosen:
                break
            written = self._written(chosen)
            later = lint(replace(self.work, edited=self.after | written)) if written else outcome
            worse = _worse(outcome.findings, later.findings, chosen)
            if written and not worse:
                self.after |= written
                self.done += chosen
                outcome = later
                self.most.clear()
            else:
                self._draw_back(chosen, worse or {_file(finding) for finding in chosen}, outcome)
        return Fixed(outcome, tuple(self.done), self.before, self.after)

    def _draw_back(self, chosen: Sequence[Finding], worse: set[str], outcome: Outcome) -> None:
        """Where a file got worse, half as many of its fixes are tried next; a single one is refused."""
        for file in worse:
            tried = [finding for finding in chosen if _file(finding) == file]
            if len(tried) > 1:
                self.most[file] = len(tried) // 2
            elif tried:
                self.refused.add(_key_in_text(tried[0], outcome))

    def _chosen(self, outcome: Outcome) -> list[Finding]:
        """The findings that are fixed in one pass: each changes only files that were given, and no place twice."""
        wanted: dict[Patch, Finding] = {}
        for finding in self.reported(outcome):
            patch = self._untried(finding, outcome)
            if patch is not None:
                wanted.setdefault(patch, replace(finding, patch=patch))
        chosen: list[Finding] = []
        counts: Counter[str] = Counter()
        for finding in (wanted[patch] for patch in compatible(wanted)):
            counts[_file(finding)] += 1
            if counts[_file(finding)] <= self.most.get(_file(finding), len(wanted)):
                chosen.append(finding)
        return chosen

    def _untried(self, finding: Finding, outcome: Outcome) -> Patch | None:
        """The first fix of a finding that may be applied and was not refused."""
        patch, names = finding.patch, self._names
        while patch is not None:
            tried = bool(self.refused) and _key_in_text(replace(finding, patch=patch), outcome) in self.refused
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
                if path not in self.before:
                    self.before[path] = self.work.data(path)
                written[path] = spliced(path, self.after.get(path, self.before[path]), changes)
            except (OSError, CannotEdit):
                return {}
        return written


def _worse(before: Sequence[Finding], after: Sequence[Finding], fixed: Sequence[Finding]) -> set[str]:
    """The files with findings that were to be fixed and are still there, or with others that came.

    Where those came in a file that was not fixed, it is all that were.
    """
    was, now, gone = (Counter(map(_key, findings)) for findings in (before, after, fixed))
    left = {key[0] for key in gone if now[key] + gone[key] > was[key]}
    came = {file for file, _ in _by_rule(now) - _by_rule(was)}
    touched = {key[0] for key in gone}
    return touched if came - touched else left | came


def _by_rule(counts: Counter[Key]) -> Counter[tuple[str, str]]:
    """The same without the messages: what they quote may have changed."""
    summed: Counter[tuple[str, str]] = Counter()
    for (file, code, _), count in counts.items():
        summed[file, code] += count
    return summed


def _key(finding: Finding) -> Key:
    return _file(finding), finding.code, finding.message


def _file(finding: Finding) -> str:
    return absolute(finding.site.file)


def _key_in_text(finding: Finding, outcome: Outcome) -> Attempt:
    """The same with the line where the finding stands, for others may say the same of other lines, and its fix."""
    lines = lines_of(outcome.texts(finding.site.file))
    line = lines[finding.site.line - 1] if finding.site.line <= len(lines) else ""
    return _key(finding), line, "" if finding.patch is None else finding.patch.title
