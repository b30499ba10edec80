"""What both eyes see is one finding, and says so."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace

from torchlint.cli.linting import in_order
from torchlint.facts.site import Site
from torchlint.finding import Finding
from torchlint.report.seen import BOTH


def joined(source: Iterable[Finding], live: Iterable[Finding]) -> list[Finding]:
    """The findings of both eyes in order: the source's words and place, with what the live eye saw."""
    on_paper, in_run = list(source), list(live)
    together: list[Finding] = []
    for finding in on_paper:
        same = next((other for other in in_run if _same(finding, other)), None)
        together.append(finding if same is None else replace(finding, eye=BOTH, evidence=same.evidence))
    alone = (other for other in in_run if not any(_same(finding, other) for finding in on_paper))
    return in_order([*together, *alone])


def _same(source: Finding, live: Finding) -> bool:
    """Whether two findings are one mistake: of one rule, at one place, or at a place that one of them refers to."""
    if source.code != live.code:
        return False
    return any(
        _overlap(one, other)
        for one, other in (
            (source.site, live.site),
            *((each.site, live.site) for each in source.related),
            *((source.site, each.site) for each in live.related),
        )
    )


def _overlap(one: Site, other: Site) -> bool:
    (first, last), (begin, end) = _rows(one), _rows(other)
    return first <= end and begin <= last and os.path.realpath(one.file) == os.path.realpath(other.file)


def _rows(site: Site) -> tuple[int, int]:
    return site.line, max(site.line, site.end_line)


def in_files(findings: Iterable[Finding], files: frozenset[str]) -> Iterator[Finding]:
    """The findings in some files, given by their real paths."""
    return (finding for finding in findings if os.path.realpath(finding.site.file) in files)
