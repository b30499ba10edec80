"""`--add-ignores`: a comment at every finding that silences it, with a reason, and changes nothing else."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from torchlint.cli.linting import Work
from torchlint.cli.rewriting import rewrite
from torchlint.cli.suppressions.comments import Suppression, comments_in
from torchlint.cli.suppressions.silencing import keep
from torchlint.edit.page import CannotEdit, Page
from torchlint.edit.splice import edited, spliced
from torchlint.finding import Finding
from torchlint.fix import Change
from torchlint.selection import Rules
from torchlint.source.notebook import script_of
from torchlint.source.text import UnreadableText


@dataclass(frozen=True, slots=True)
class Added:
    """The findings that comments were written for, in how many files, and those that no comment can silence."""

    silenced: list[Finding]
    left: list[Finding]
    files: int


def add_ignores(findings: Sequence[Finding], work: Work, reason: str) -> Added:
    """Write the comments into the files that were linted; findings elsewhere, and about the linting, are left."""
    paths = {name: path for path, name in work.names().items()}
    by_file: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.site.file in paths and work.rules[finding.code].checks:
            by_file[finding.site.file].append(finding)
    silenced: list[Finding] = []
    files = 0
    for name, group in by_file.items():
        done = _write(paths[name], group, work.rules, reason)
        silenced += done
        files += bool(done)
    return Added(silenced, [finding for finding in findings if finding not in silenced], files)


def _write(path: str, findings: Sequence[Finding], rules: Rules, reason: str) -> list[Finding]:
    """Those of the findings in one file that are silenced now."""
    try:
        before = Path(path).read_bytes()
        changes = comments_at(path, script_of(path, before), findings, rules, f" -- {reason}")
        after = spliced(path, before, changes)
    except (OSError, CannotEdit, UnreadableText):
        return []
    suppressions = comments_in(script_of(path, after), rules).suppressions
    left = [finding for _, finding in keep(((each.site.line, each) for each in findings), suppressions, rules)]
    if after != before:
        rewrite(path, before, after)
    return [finding for finding in findings if finding not in left]


def comments_at(path: str, text: str, findings: Iterable[Finding], rules: Rules, behind: str = "") -> list[Change]:
    """The comments that silence findings in a text; new ones have `behind` at their end.

    Raises CannotEdit where they would change what the text means to Python.
    """
    changes = _changes(Page(path, text), findings, rules, behind)
    try:
        if ast.dump(ast.parse(edited(text, changes))) == ast.dump(ast.parse(text)):
            return changes
    except SyntaxError:
        pass
    raise CannotEdit("a comment cannot stand there")


def _changes(page: Page, findings: Iterable[Finding], rules: Rules, behind: str) -> list[Change]:
    """A comment at the end of a row for each finding; a comment of ours that stands there already takes the code."""
    closed = _closed_rows(page)
    codes: dict[int, dict[str, None]] = defaultdict(dict)
    for finding in findings:
        rows = range(finding.site.line, max(finding.site.line, finding.site.end_line) + 1)
        row = next((row for row in rows if row not in closed), None)
        if row is not None:
            codes[row][finding.code] = None
    known = _ours(page, rules)
    return [_change(page, row, ", ".join(codes[row]), known, behind) for row in sorted(codes)]


def _change(page: Page, row: int, codes: str, known: Mapping[int, Suppression], behind: str) -> Change:
    start, text = page.row_start(row - 1), page.row_text(row - 1)
    if row in known:
        bracket = start + known[row].place.end_column - 2
        return page.change(bracket, bracket, f", {codes}" if known[row].words else codes)
    end = start + len(text)
    blank = end - len(text) + len(text.rstrip())
    return page.change(blank, end, f"  # torchlint: ignore[{codes}]{behind}")


def _ours(page: Page, rules: Rules) -> dict[int, Suppression]:
    """The comments of ours that name rules, by their rows."""
    found = comments_in(page.text, rules).suppressions
    return {each.place.line: each for each in found if each.own and each.words is not None and not each.whole_file}


def _closed_rows(page: Page) -> set[int]:
    """The rows that no comment can end: those within a string, and those that go on behind a backslash."""
    rows = range(1, page.row(len(page.text)) + 2)
    closed = {row for row in rows if page.row_text(row - 1).endswith("\\")}
    for node in ast.walk(page.tree):
        if isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno is not None:
            closed.update(range(node.lineno, node.end_lineno))
    return closed
