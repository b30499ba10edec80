"""What a command prints of its findings, where to, and whether they make it fail."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import IO

from torchlint.cli.failure import UsageError
from torchlint.cli.output import append_file, check_writable, note, use_colours, write, write_file
from torchlint.cli.rulebook import published
from torchlint.cli.terminal.capabilities import use_links
from torchlint.finding import Finding, Severity
from torchlint.report.address import address
from torchlint.report.paint import NONE, Links
from torchlint.report.place import absolute
from torchlint.selection import Rules
from torchlint.suggestion import did_you_mean

Texts = Callable[[str], "str | None"]


class Form(str, Enum):
    """The formats of a report."""

    FULL = "full"
    CONCISE = "concise"
    JSON = "json"
    JSONL = "jsonl"
    SARIF = "sarif"
    GITHUB = "github"
    GITLAB = "gitlab"
    JUNIT = "junit"


FORMS = [form.value for form in Form]
TO_READ = (Form.FULL, Form.CONCISE, Form.GITHUB)
"""The formats that are lines to read: one may follow another, and a summary them all."""
COUNTABLE = (Form.FULL, Form.CONCISE, Form.JSON)
LEVELS = [level.value for level in Severity]
WORDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "piece of advice"}
GITHUB_SUMMARY = "GITHUB_STEP_SUMMARY"


@dataclass(frozen=True, slots=True)
class Output:
    """A report that is asked for: its format, and the file that it goes to, None for the screen."""

    form: Form
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Material:
    """What reports are made of.

    `eyes` says in data which eye saw a finding; `counted` gives numbers by rule in place of the findings; `site` is
    where the pages of the rules are read; `closing` are lines for the reader.
    """

    findings: Sequence[Finding]
    texts: Texts
    rules: Rules
    eyes: bool = False
    counted: bool = False
    site: str | None = None
    closing: Sequence[str] = ()

    def addresses(self) -> dict[str, str | None]:
        """Where the pages of the rules that found something are read, by code."""
        site = self.site or published()
        return {code: address(self.rules[code], site) for code in {each.code for each in self.findings}}


def outputs(asked: Sequence[str], form: str | None, file: str | None) -> tuple[Output, ...]:
    """What `--output FORMAT[:FILE]`, or the pair of options for one report, asks for.

    Raises UsageError for what is no format, or cannot be written, before the work begins.
    """
    if asked and (form or file):
        raise UsageError("--output cannot be used together with --output-format or --output-file")
    wanted = [_output(each) for each in asked] or [_to(Form(form or FORMS[0]), file)]
    places = Counter(each.file for each in wanted)
    twice = next((place for place, count in places.items() if place and count > 1), None)
    if twice:
        raise UsageError(f"--output: two reports would go to {twice}")
    on_screen = [each.form for each in wanted if each.file is None]
    mixed = next((each for each in on_screen if each not in TO_READ), None)
    if mixed and len(on_screen) > 1:
        name = mixed.value
        raise UsageError(f"--output: {name} needs the screen for itself; write {name}:FILE")
    return tuple(wanted)


def require_countable(wanted: Sequence[Output]) -> None:
    """Raise UsageError for a format that has no place for numbers by rule."""
    wrong = next((each.form.value for each in wanted if each.form not in COUNTABLE), None)
    if wrong:
        raise UsageError(f"--statistics has no {wrong} format (formats: {', '.join(form.value for form in COUNTABLE)})")


def _output(asked: str) -> Output:
    name, colon, file = asked.partition(":")
    if name not in FORMS:
        known = f"formats: {', '.join(FORMS)}; with a file as in sarif:out.sarif"
        raise UsageError(f'--output: there is no format "{name}"{did_you_mean(name, FORMS)} ({known})')
    if colon and not file:
        raise UsageError(f"--output: {asked} names no file")
    return _to(Form(name), file or None)


def _to(form: Form, file: str | None) -> Output:
    if file is None:
        return Output(form)
    check_writable(file)
    return Output(form, absolute(file))


def deliver(material: Material, wanted: Sequence[Output], stream: IO[str] | None) -> None:
    """Write every report; one that cannot be written takes no other with it."""
    failures: list[UsageError] = []
    last_to = {output.file: output for output in wanted}
    for output in wanted:
        colours = output.file is None and use_colours(os.environ, stream)
        with_links = output.file is None and use_links(os.environ, stream, colours=colours)
        links = material.addresses() if with_links else NONE
        text = _numbers(material, output.form) if material.counted else _findings(material, output.form, colours, links)
        if output.form in TO_READ and last_to[output.file] is output:
            text += "".join(f"{line}\n" for line in material.closing)
        try:
            if output.file is not None:
                write_file(text, output.file)
            elif stream is not None:
                write(text, stream, colours=colours)
        except UsageError as failure:
            failures.append(failure)
        if output.form is Form.GITHUB:
            _add_to_step_summary(material, os.environ)
    if failures:
        raise failures[0]


def _findings(material: Material, form: Form, colours: bool, links: Links) -> str:
    """The findings in one of the formats, of which each is imported only where it is asked for."""
    findings, texts, eyes = material.findings, material.texts, material.eyes
    match form:
        case Form.JSON:
            from torchlint.report.data import as_json

            return as_json(findings, material.addresses(), eyes=eyes)
        case Form.JSONL:
            from torchlint.report.data import as_lines

            return as_lines(findings, material.addresses(), eyes=eyes)
        case Form.SARIF:
            from torchlint.report.sarif import sarif

            return sarif(findings, texts, material.rules, material.addresses(), eyes=eyes)
        case Form.GITLAB:
            from torchlint.report.gitlab import code_quality

            return code_quality(findings, texts)
        case Form.GITHUB:
            from torchlint.report.github import workflow_commands

            return workflow_commands(findings)
        case Form.JUNIT:
            from torchlint.report.junit import junit

            return junit(findings)
        case Form.CONCISE:
            from torchlint.report.concise import concise

            return concise(findings, colours=colours, links=links)
        case Form.FULL:
            from torchlint.report.full import full

            return full(findings, texts, colours=colours, links=links)


def _numbers(material: Material, form: Form) -> str:
    from torchlint.report.statistics import as_json, as_text

    return as_json(material.findings) if form is Form.JSON else as_text(material.findings)


def _add_to_step_summary(material: Material, environment: Mapping[str, str]) -> None:
    """What gets no annotation goes into the summary of the step; that it cannot be written is no failure."""
    from torchlint.report.github import step_summary

    file = environment.get(GITHUB_SUMMARY)
    text = step_summary(material.findings) if file else ""
    if file and text:
        try:
            append_file(text, file)
        except UsageError as failure:
            note(f"warning: {failure}")


def summary(findings: Sequence[Finding], *, fixed: int = 0, complete: bool = True) -> str:
    """How many were found, by severity, and how many were fixed.

    Where not all was checked that was to be, that none is found is no pass.
    """
    mended = f"Fixed {fixed} {plural('finding', fixed)}. " if fixed else ""
    if not findings:
        return mended + _nothing(fixed, complete)
    by_level = Counter(finding.severity for finding in findings)
    counts = (f"{by_level[level]} {plural(WORDS[level], by_level[level])}" for level in Severity if by_level[level])
    return mended + f"Found {len(findings)} {plural('finding', len(findings))} ({', '.join(counts)})."


def _nothing(fixed: int, complete: bool) -> str:
    if not complete:
        return "Nothing was found in what could be checked."
    return "Nothing is left." if fixed else "All checks passed."


def fixable(findings: Sequence[Finding]) -> Iterator[str]:
    """How many of the findings can be fixed, and by which options; no line where none can."""
    patches = [finding.patch for finding in findings if finding.patch is not None]
    unsafe = sum(patch.unsafe for patch in patches)
    safe = len(patches) - unsafe
    if not patches:
        return
    more = f" ({unsafe} more with --unsafe-fixes)" if unsafe and safe else ""
    options = "--fix" if safe else "--fix --unsafe-fixes"
    yield f"{safe or unsafe} can be fixed with {options}{more}."


def plural(word: str, count: int) -> str:
    """A word for so many."""
    if count == 1:
        return word
    first, space, rest = word.partition(" ")
    return f"{first}s{space}{rest}"


def fails(findings: Sequence[Finding], fail_on: str) -> bool:
    """Whether one of them is at least as bad as a level; none is for "never"."""
    bad = LEVELS[: LEVELS.index(fail_on) + 1] if fail_on in LEVELS else []
    return any(finding.severity.value in bad for finding in findings)
