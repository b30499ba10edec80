"""Each finding with its source lines, the places that explain it, and what to write instead.

Where calls lead to the place, what explains it is listed as steps, in the order of the program.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator

from torchlint.edit.preview import hunks
from torchlint.facts.site import Site
from torchlint.finding import Finding
from torchlint.fix import Patch
from torchlint.report.paint import NONE, Links, Paint
from torchlint.report.place import cell_of, lines_of, one_line, shown
from torchlint.report.seen import seen
from torchlint.report.steps import in_order

Texts = Callable[[str], "str | None"]
MOST_LINES = 5
WIDEST = 160
TAB = "    "


def full(findings: Iterable[Finding], texts: Texts, *, colours: bool = False, links: Links = NONE) -> str:
    """All findings, an empty line after each."""
    paint = Paint(colours, links)
    quoted: dict[str, list[str]] = {}

    def lines(path: str) -> list[str]:
        if path not in quoted:
            quoted[path] = lines_of(texts(path))
        return quoted[path]

    return "".join(_finding(each, lines, paint) + "\n" for each in findings)


def _finding(finding: Finding, lines: Callable[[str], list[str]], paint: Paint) -> str:
    places = (finding.site, *(each.site for each in finding.related))
    margin = len(str(max(_last_line(site) for site in places)))
    label = paint.severity(f"{finding.severity.value}[{finding.code}]", finding.severity)
    out = [f"{paint.linked(label, finding.code)} {paint.strong(finding.name)}"]
    out += _quote(finding.site, lines(finding.site.file), margin, paint, "^")
    explained = in_order(finding, lines)
    stepwise = any(each.leads_here for each in explained)
    for turn, each in enumerate(explained, 1):
        out.append(f"{paint.strong(f'step {turn}' if stepwise else 'note')}: {each.message}")
        out += _quote(each.site, lines(each.site.file), margin, paint, "-")
    bullet = " " * margin + paint.frame(" = ")
    out.append(f"{bullet}{one_line(finding.message)}")
    if finding.instead:
        out.append(f"{bullet}{paint.strong('help')}: {one_line(finding.instead)}")
    if finding.patch is not None:
        out += _fix(finding.patch, lines, margin, paint)
    if what := seen(finding):
        out.append(f"{bullet}{paint.strong('seen')}: {what}")
    return "".join(line + "\n" for line in out)


def _fix(patch: Patch, lines: Callable[[str], list[str]], margin: int, paint: Paint) -> Iterator[str]:
    """What a fix does, and the rows that it changes."""
    option = "--fix --unsafe-fixes" if patch.unsafe else "--fix"
    yield f"{' ' * margin}{paint.frame(' = ')}{paint.strong('fix')}: {patch.title} ({option})"
    for hunk in hunks(patch, lines):
        for sign, rows in (("-", hunk.before), ("+", hunk.after)):
            for row in rows:
                yield f"{' ' * margin}   {paint.frame(sign)} {_clipped(row, 0, 1, '')[0]}".rstrip()


def _quote(site: Site, lines: list[str], margin: int, paint: Paint, mark: str) -> Iterable[str]:
    """The arrow to a place, its lines, and marks under what is meant."""
    yield f"{' ' * margin}{paint.frame('-->')} {shown(site.file)}:{cell_of(site)}{site.row}:{site.column}"
    last = min(_last_line(site), len(lines))
    if not 1 <= site.line <= last or not any(line.strip() for line in lines[site.line - 1 : last]):
        return
    bar = paint.frame("|")
    yield f"{' ' * margin} {bar}"
    for number in range(site.line, min(last, site.line + MOST_LINES - 1) + 1):
        text = lines[number - 1]
        start = site.column - 1 if number == site.line else len(text) - len(text.lstrip())
        end = site.end_column - 1 if site.end_line == number else len(text.rstrip())
        text, before, marks = _clipped(text, start, max(end, start + 1), mark)
        yield f"{paint.frame(str(number - site.line + site.row).rjust(margin))} {bar} {text}".rstrip()
        yield f"{' ' * margin} {bar} {before}{paint.frame(marks)}"
    if last > site.line + MOST_LINES - 1:
        yield f"{' ' * margin} {bar} ..."
    yield f"{' ' * margin} {bar}"


def _clipped(text: str, start: int, end: int, mark: str) -> tuple[str, str, str]:
    """A line as it is printed, the blank before its marks, and the marks; long lines lose their ends."""
    cut = 0
    if len(text) > WIDEST:
        cut = max(0, min(start - WIDEST // 4, len(text) - WIDEST))
        text = text[cut : cut + WIDEST]
    start, end = start - cut, min(end - cut, len(text))
    ends = "..." if cut else ""
    blank = " " * (len(ends) + _width(_plain(text[:start])))
    return ends + _plain(text), blank, mark * max(1, _width(_plain(text[start:end])))


def _plain(text: str) -> str:
    """Tabs as spaces, and nothing that would steer a terminal."""
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character == "\t":
        return TAB
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(character) in ("Cc", "Cs") else character


def _width(text: str) -> int:
    """Columns on a screen: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _last_line(site: Site) -> int:
    return max(site.line, site.end_line)
