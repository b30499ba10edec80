"""The order of work: examine the files, judge the facts, place, silence and select the findings."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from torchlint.cli.configuration import Configuration, Configurations
from torchlint.cli.discovery import Found
from torchlint.cli.naming import Names
from torchlint.cli.suppressions.comments import comments_in, speaks_of_us
from torchlint.cli.suppressions.silencing import invalid, keep, unused
from torchlint.facts.site import Site
from torchlint.finding import Finding
from torchlint.judge import about_linting, findings_about, judge, told_once
from torchlint.problem import INVALID_SUPPRESSION, UNREADABLE, UNUSED_SUPPRESSION, Problem
from torchlint.report.place import absolute
from torchlint.selection import Rules, Selectors, enabled, matching, severity_of
from torchlint.source.examination import Examination, texts_of
from torchlint.source.progress import Progress, nothing
from torchlint.source.screen import worth_parsing

if TYPE_CHECKING:
    from torchlint.edit.resolve import Pages
    from torchlint.source.pool import Summaries

Texts = Callable[[str], "str | None"]
NOTHING: Mapping[str, Any] = MappingProxyType({})
ABOUT_COMMENTS = frozenset({INVALID_SUPPRESSION, UNUSED_SUPPRESSION})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of the linter found, and the texts that its report quotes."""

    findings: list[Finding]
    texts: Texts
    files: int
    linked: int


@dataclass(frozen=True, slots=True)
class Work:
    """What to lint and how; `edited` are the bytes of those paths that are not as they lie on the disk.

    `progress` is told how much of the work is done, from 0 to 1. `summaries` keeps what was read for the next time;
    where findings `about` some of the files are wanted only, the others are not run for their own sake.
    """

    found: Found
    configurations: Configurations
    command_line: Selectors
    rules: Rules
    jobs: int | None = None
    stdin: tuple[str, bytes] | None = None
    edited: Mapping[str, bytes] = field(default_factory=dict)
    progress: Progress = nothing
    summaries: Summaries | None = None
    about: Set[str] | None = None
    _enabled: dict[int, frozenset[str]] = field(default_factory=dict)

    def names(self) -> dict[str, str]:
        """Each path that is linted, with the name under which it was given; links lead to one path."""
        if self.stdin is not None:
            name = self.stdin[0]
            return {absolute(name): name}
        return {os.path.realpath(name): name for name in reversed(self.found.files)}

    def beside(self) -> list[str]:
        """The paths that are read beside those that are linted."""
        names = self.names()
        return [path for path in dict.fromkeys(map(os.path.realpath, self.found.beside)) if path not in names]

    def given(self) -> dict[str, bytes]:
        """The bytes of the paths that are not to be read from the disk."""
        stdin = {} if self.stdin is None else {absolute(self.stdin[0]): self.stdin[1]}
        return stdin | dict(self.edited)

    def data(self, path: str) -> bytes:
        """The bytes of a path as it is linted."""
        given = self.given()
        return given[path] if path in given else Path(path).read_bytes()

    def enabled_in(self, path: str) -> frozenset[str]:
        """The codes of the rules that are on in one file."""
        configuration = self.configurations.of(absolute(path))
        on = self.enabled_by(configuration)
        return on.difference(*(matching(word, self.rules) for word in configuration.ignores_in(absolute(path))))

    def enabled_by(self, configuration: Configuration) -> frozenset[str]:
        """The codes of the rules that are on under a configuration, but for what it says of single files."""
        on = self._enabled.get(id(configuration))
        if on is None:
            on = enabled((configuration.selectors, self.command_line), self.rules)
            self._enabled[id(configuration)] = on
        return on


def lint(work: Work) -> Outcome:
    """Every finding that is to be reported, in the order of path, line, column and code."""
    names = work.names()
    on = {path: work.enabled_in(name) for path, name in names.items()}
    beside = dict.fromkeys(work.beside())
    try:
        examination = _examined(work, [*names, *beside])
    finally:
        work.progress(1.0)
    texts = cache(examination.texts)
    problems = [each for each in (*examination.problems, *_unread(work)) if each.path not in beside]
    found = _judged(work, examination, on, problems)
    reported = settle(work, found + findings_about(problems, work.rules), texts, names, on)
    paths = {name: path for path, name in names.items()}
    return Outcome(
        reported, lambda name: texts(paths.get(name, name)), len(names), len(beside) + len(examination.linked)
    )


def _examined(work: Work, paths: list[str]) -> Examination:
    given = work.given()
    worth = worth_parsing(paths, given, None if work.summaries is None else work.summaries.screened)
    if not given and not worth:
        return Examination([], [], texts_of(given))
    # The parser is imported only where there is something to parse.
    from torchlint.source.lint import examine

    return examine(
        paths,
        worth=worth,
        jobs=work.jobs,
        given=given,
        progress=work.progress,
        summaries=work.summaries,
        about=work.about,
    )


def settle(
    work: Work,
    findings: Iterable[Finding],
    texts: Texts,
    names: Mapping[str, str] = NOTHING,
    on: Mapping[str, frozenset[str]] = NOTHING,
) -> list[Finding]:
    """The findings that are to be reported: placed, not silenced by a comment, of the rules that are on, in order.

    `names` are the paths that were linted, with the names under which they were given, and `on` the rules that
    are on in each; comments there may be judged even where nothing was found.
    """

    def codes_on_in(path: str) -> frozenset[str]:
        return on[path] if path in on else work.enabled_in(names.get(path, path))

    by_file: dict[str, list[Finding]] = defaultdict(list)
    for finding in told_once(findings, lambda each: each.code in codes_on_in(each.site.file)):
        by_file[finding.site.file].append(finding)
    places = _places((finding for group in by_file.values() for finding in group), texts)
    patch = _patching(texts, places)
    reported: list[Finding] = []
    for path in {*by_file, *names}:
        name = names.get(path, path)
        codes = codes_on_in(path)
        placed = [(each.site.line, each.placed(lambda site: places.get(site, site))) for each in by_file[path]]
        kept = _not_silenced(path, placed, texts, work.rules, codes)
        configuration = work.configurations.of(absolute(name))
        reported += [_with_severity(patch(each), configuration, work.rules) for each in kept if each.code in codes]
    as_known = Names(names, work.data)
    return in_order({as_known.finding(finding) for finding in reported})


def _unread(work: Work) -> list[Problem]:
    return [Problem(path, UNREADABLE, f"This cannot be read: {reason}.") for path, reason in work.found.unread]


def _judged(
    work: Work, examination: Examination, on: Mapping[str, frozenset[str]], problems: list[Problem]
) -> list[Finding]:
    """The findings in the given files, of the rules that are on there; rules that fail are added to the problems.

    Where unused comments are asked for, every rule is judged: a comment is unused only if no rule needs it.
    """
    wanted = frozenset[str]().union(*on.values())
    if UNUSED_SUPPRESSION in wanted:
        wanted = frozenset(work.rules)
    rules = [rule for code, rule in work.rules.items() if code in wanted]
    found = judge(examination.facts, rules, problems=problems)
    return [
        finding
        for finding in found
        if (codes := on.get(finding.site.file)) is not None and (finding.code in codes or UNUSED_SUPPRESSION in codes)
    ]


def _places(findings: Iterable[Finding], texts: Texts) -> Mapping[Site, Site]:
    sites: set[Site] = set()
    for finding in findings:
        sites.update((finding.site, *(each.site for each in finding.related)))
        sites.update(() if finding.fix is None else finding.fix.sites())
    rough = {site for site in sites if not site.end_line}
    if not rough:
        return {}
    from torchlint.source.position import locate

    return locate(rough, texts)


def _patching(texts: Texts, places: Mapping[Site, Site]) -> Callable[[Finding], Finding]:
    """How a finding gets what its fix changes in the text, if it has a fix that can be carried out there."""

    @cache
    def pages() -> Pages:
        from torchlint.edit.resolve import Pages

        return Pages(texts)

    def patch(finding: Finding) -> Finding:
        if finding.fix is None:
            return finding
        from torchlint.edit.resolve import resolve

        return replace(finding, patch=resolve(finding.fix, pages(), places))

    return patch


def _not_silenced(
    path: str, findings: list[tuple[int, Finding]], texts: Texts, rules: Rules, codes: Set[str]
) -> list[Finding]:
    """The findings of one file that no comment silences, with those about comments that silence nothing."""
    text = "" if not findings and codes.isdisjoint(ABOUT_COMMENTS) else texts(path) or ""
    if not findings and UNUSED_SUPPRESSION not in codes and not speaks_of_us(text):
        return []
    comments = comments_in(text, rules)
    kept = keep(findings, comments.suppressions, rules)
    if all(rules[finding.code].checks for _, finding in findings):
        problems = [*invalid(path, comments.slips), *unused(path, comments.suppressions, rules)]
        about = [(each.line, about_linting(each, rules[each.code])) for each in problems if each.code in codes]
        kept += keep(about, [each for each in comments.suppressions if each.words is not None], rules)
    return [finding for _, finding in kept]


def _with_severity(finding: Finding, configuration: Configuration, rules: Rules) -> Finding:
    severity = severity_of(finding.code, configuration.severity, rules)
    return finding if severity is None else replace(finding, severity=severity)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """In the order of path, line, column and code."""
    return sorted(findings, key=_order)


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    site = finding.site
    return os.path.normpath(site.file), site.line, site.column, finding.code, finding.message
