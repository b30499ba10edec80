"""The way to a finding, in the order of the program: the calls that lead there, and what happened between them."""

from __future__ import annotations

from collections.abc import Callable

from torchlint.facts.site import Site
from torchlint.finding import Finding, Related
from torchlint.report.enclosing import enclosing


def in_order(finding: Finding, lines: Callable[[str], list[str]]) -> list[Related]:
    """The places that explain a finding, outermost call first.

    What stands in the body of a function that is on the way comes before or after the call there, by its line; what
    stands elsewhere comes last.
    """
    way = [each for each in finding.related if each.leads_here]
    for each in finding.related:
        if not each.leads_here:
            way.insert(_turn(each.site, way, lines), each)
    return way


def _turn(site: Site, way: list[Related], lines: Callable[[str], list[str]]) -> int:
    body = _body(site, lines)
    beside = [turn for turn, each in enumerate(way) if body == _body(each.site, lines)]
    later = [turn for turn in beside if way[turn].site.line > site.line]
    if later:
        return later[0]
    return beside[-1] + 1 if beside else len(way)


def _body(site: Site, lines: Callable[[str], list[str]]) -> tuple[str, int]:
    """The file and the line of the `def` or `class` that a place stands in, 0 for the module itself."""
    return site.file, next(enclosing(lines(site.file), site.line), 0)
