"""Annotations on GitHub: workflow commands in the log, and a table in the summary of the step."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable

from torchlint.facts.site import CellSite
from torchlint.finding import Finding, Severity
from torchlint.report.place import cell_of, relative, sentences

SHOWN = 10
"""How many annotations of one level GitHub shows of a step."""
COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "notice"}
ROOT = "GITHUB_WORKSPACE"
LARGEST_SUMMARY = 1_000_000


def workflow_commands(findings: Iterable[Finding]) -> str:
    """A workflow command for each finding that GitHub shows, the worst first, and a plain line for each of the rest."""
    shown, rest = _divided(findings)
    return "".join(f"{_command(each)}\n" for each in shown) + "".join(f"{_data(_line(each))}\n" for each in rest)


def step_summary(findings: Iterable[Finding]) -> str:
    """A table in markdown of what gets no annotation; empty where there is none."""
    _, rest = _divided(findings)
    if not rest:
        return ""
    head = f"### torchlint: {len(rest)} more\n\n| place | rule | finding |\n| --- | --- | --- |\n"
    rows: list[str] = []
    size = 0
    for number, each in enumerate(rest):
        row = f"| {_cell(_place(each))} | {each.code} | {_cell(sentences(each.message, each.instead))} |\n"
        size += len(row.encode("utf-8", "replace"))
        if size > LARGEST_SUMMARY:
            return head + "".join(rows) + f"\nand {len(rest) - number} more, in the log.\n"
        rows.append(row)
    return head + "".join(rows) + "\n"


def _divided(findings: Iterable[Finding]) -> tuple[list[Finding], list[Finding]]:
    """What is shown as an annotation, and what is not."""
    shown: list[Finding] = []
    rest: list[Finding] = []
    levels = list(Severity)
    counts: Counter[Severity] = Counter()
    for each in sorted(findings, key=lambda finding: levels.index(finding.severity)):
        counts[each.severity] += 1
        (shown if counts[each.severity] <= SHOWN else rest).append(each)
    return shown, rest


def _command(finding: Finding) -> str:
    site = finding.site
    last = max(site.line, site.end_line)
    place: dict[str, str | int] = {"file": relative(site.file, os.environ.get(ROOT))}
    if not isinstance(site, CellSite):  # The rows of a notebook's file are not those of its cells.
        place |= {"line": site.line, "endLine": last}
        if last == site.line:  # GitHub takes columns within one line only.
            place |= {"col": site.column, "endColumn": max(site.end_column, site.column)}
    place["title"] = f"{finding.name} ({finding.code})"
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in place.items())
    return f"::{COMMANDS[finding.severity]} {properties}::{_data(_line(finding))}"


def _line(finding: Finding) -> str:
    return f"{_place(finding)}: {finding.code} {sentences(finding.message, finding.instead)}"


def _place(finding: Finding) -> str:
    return f"{relative(finding.site.file)}:{cell_of(finding.site)}{finding.site.row}:{finding.site.column}"


def _data(text: str) -> str:
    return _escaped(text, {"%": "%25", "\r": "%0D", "\n": "%0A"})


def _property(text: str) -> str:
    return _escaped(text, {"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(character, character) for character in text)


def _cell(text: str) -> str:
    """A text in a cell of a table, in which a bar would end the cell."""
    return " ".join(text.replace("|", "\\|").split())
