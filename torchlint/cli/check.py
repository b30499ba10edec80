"""`torchlint PATH...`: the options, the report and the exit code."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter

import click

from torchlint.cli.configuration import Configurations
from torchlint.cli.discovery import Found, discover
from torchlint.cli.failure import UsageError
from torchlint.cli.linting import Outcome, Work, lint
from torchlint.cli.output import check_writable, note, use_colours, write, write_file
from torchlint.cli.rulebook import address, installed_rules
from torchlint.cli.selection import Rules, Selectors, complaint, split
from torchlint.finding import Finding, Severity
from torchlint.report.place import absolute

STDIN = "-"
FORMS = ("full", "concise", "json")
WORDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "piece of advice"}
LEVELS = [level.value for level in Severity]


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--select", multiple=True, metavar="RULES", help="Report only these: codes, prefixes, names or ALL.")
@click.option("--ignore", multiple=True, metavar="RULES", help="Leave these out.")
@click.option("--extend-select", multiple=True, metavar="RULES", help="Report these as well.")
@click.option("--output-format", type=click.Choice(["full", "concise", "json"]), default="full", show_default=True)
@click.option("--output-file", "-o", metavar="FILE", help="Write the report there.")
@click.option("--statistics", is_flag=True, help="Count the findings of each rule.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even when something is found.")
@click.option(
    "--fail-on",
    type=click.Choice(LEVELS),
    default="advice",
    show_default=True,
    help="The mildest to exit with 1.",
)
@click.option("--config", metavar="FILE", help="Read the configuration from this file alone.")
@click.option("--isolated", is_flag=True, help="Read no configuration.")
@click.option("--force-exclude", is_flag=True, help="Leave out what `exclude` names, even where it is given as PATH.")
@click.option("--stdin-filename", metavar="FILE", help="The name of what is read from standard input (PATH `-`).")
@click.option("--jobs", "-j", type=click.IntRange(min=1), metavar="N", help="Read with this many processes.")
@click.option("--no-cache", is_flag=True, help="Read every file anew.")
@click.option("--quiet", "-q", is_flag=True, help="Print findings and nothing else.")
@click.option("--verbose", "-v", is_flag=True, help="Say what was read and how long it took.")
def check(
    paths: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    extend_select: tuple[str, ...],
    output_format: str,
    output_file: str | None,
    statistics: bool,
    exit_zero: bool,
    fail_on: str,
    config: str | None,
    isolated: bool,
    force_exclude: bool,
    stdin_filename: str | None,
    jobs: int | None,
    no_cache: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Lint files and folders (the current folder where no PATH is given).

    `torchlint PATH...` is short for `torchlint check PATH...`. Exits with 0 if nothing is found, with 1 if
    something is, with 2 on wrong usage or configuration.
    """
    started = time.perf_counter()
    if isolated and config:
        raise UsageError("--isolated and --config cannot be used together")
    if output_file:
        check_writable(output_file)
    rules = installed_rules()
    selectors = _selectors(select, extend_select, ignore, rules)
    configurations = Configurations(rules, isolated=isolated, file=config)
    stdin = _stdin(paths, stdin_filename)
    found = Found() if stdin else discover(paths or (".",), configurations, force_exclude=force_exclude)
    if not stdin and not found.files and not found.unread and not quiet:
        note("warning: no Python files found under the given paths")
    outcome = lint(Work(found, configurations, selectors, rules, jobs, stdin))
    _deliver(outcome, rules, output_format, output_file, statistics=statistics, quiet=quiet)
    if verbose:
        seconds = time.perf_counter() - started
        files = f"{outcome.files} {_plural('file', outcome.files)} linted"
        note(f"{files}, {outcome.linked} more read for linking, {seconds:.2f} seconds")
    return 0 if exit_zero else int(_fails(outcome.findings, fail_on))


def _selectors(select: tuple[str, ...], extend: tuple[str, ...], ignore: tuple[str, ...], rules: Rules) -> Selectors:
    for option, values in (("--select", select), ("--extend-select", extend), ("--ignore", ignore)):
        for word in split(values):
            wrong = complaint(word, rules)
            if wrong is not None:
                raise UsageError(f"{option}: {wrong}")
    return Selectors(split(select) if select else None, split(extend), split(ignore))


def _stdin(paths: tuple[str, ...], name: str | None) -> tuple[str, bytes] | None:
    """The name and bytes of standard input where it is what to lint."""
    if paths not in ((), (STDIN,)) and (name is not None or STDIN in paths):
        raise UsageError('standard input ("-", --stdin-filename) cannot be linted together with other paths')
    if name is None and STDIN not in paths:
        return None
    if sys.stdin is None:
        raise UsageError("standard input is closed")
    return (absolute(name) if name else STDIN), sys.stdin.buffer.read()


def _deliver(outcome: Outcome, rules: Rules, form: str, file: str | None, *, statistics: bool, quiet: bool) -> None:
    colours = use_colours(os.environ, sys.stdout) and file is None
    text = _statistics(outcome.findings, form) if statistics else _report(outcome, rules, form, colours)
    if form != "json" and not quiet:
        text += _summary(outcome.findings) + "\n"
    if file is None:
        write(text, colours=colours)
    else:
        write_file(text, file)


def _report(outcome: Outcome, rules: Rules, form: str, colours: bool) -> str:
    findings = outcome.findings
    match form:
        case "json":
            from torchlint.report.data import as_json

            return as_json(findings, {code: address(rules[code]) for code in {each.code for each in findings}})
        case "concise":
            from torchlint.report.concise import concise

            return concise(findings, colours=colours)
        case _:
            from torchlint.report.full import full

            return full(findings, outcome.texts, colours=colours)


def _statistics(findings: list[Finding], form: str) -> str:
    from torchlint.report.statistics import as_json, as_text

    return as_json(findings) if form == "json" else as_text(findings)


def _summary(findings: list[Finding]) -> str:
    if not findings:
        return "All checks passed."
    by_level = Counter(finding.severity for finding in findings)
    counts = (f"{by_level[level]} {_plural(WORDS[level], by_level[level])}" for level in Severity if by_level[level])
    return f"Found {len(findings)} {_plural('finding', len(findings))} ({', '.join(counts)})."


def _plural(word: str, count: int) -> str:
    if count == 1:
        return word
    first, space, rest = word.partition(" ")
    return f"{first}s{space}{rest}"


def _fails(findings: list[Finding], fail_on: str) -> bool:
    bad = LEVELS[: LEVELS.index(fail_on) + 1]
    return any(finding.severity.value in bad for finding in findings)
