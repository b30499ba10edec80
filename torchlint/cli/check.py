"""`torchlint PATH...`: the options, the report and the exit code."""

from __future__ import annotations

import os
import sys
import time

import click

from torchlint.cli.configuration import Configurations
from torchlint.cli.discovery import Found, discover
from torchlint.cli.failure import UsageError
from torchlint.cli.linting import Outcome, Work, lint
from torchlint.cli.options import selectors
from torchlint.cli.output import check_writable, note, use_colours, write, write_file
from torchlint.cli.reporting import FORMS, LEVELS, fails, plural, report, summary
from torchlint.cli.rulebook import installed_rules
from torchlint.finding import Finding
from torchlint.report.place import absolute
from torchlint.selection import Rules

STDIN = "-"


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--select", multiple=True, metavar="RULES", help="Report only these: codes, prefixes, names or ALL.")
@click.option("--ignore", multiple=True, metavar="RULES", help="Leave these out.")
@click.option("--extend-select", multiple=True, metavar="RULES", help="Report these as well.")
@click.option("--output-format", type=click.Choice(FORMS), default=FORMS[0], show_default=True)
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
    chosen = selectors(select, extend_select, ignore, rules)
    configurations = Configurations(rules, isolated=isolated, file=config)
    stdin = _stdin(paths, stdin_filename)
    found = Found() if stdin else discover(paths or (".",), configurations, force_exclude=force_exclude)
    if not stdin and not found.files and not found.unread and not quiet:
        note("warning: no Python files found under the given paths")
    outcome = lint(Work(found, configurations, chosen, rules, jobs, stdin))
    _deliver(outcome, rules, output_format, output_file, statistics=statistics, quiet=quiet)
    if verbose:
        seconds = time.perf_counter() - started
        files = f"{outcome.files} {plural('file', outcome.files)} linted"
        note(f"{files}, {outcome.linked} more read for linking, {seconds:.2f} seconds")
    return 0 if exit_zero else int(fails(outcome.findings, fail_on))


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
    if statistics:
        text = _statistics(outcome.findings, form)
    else:
        text = report(outcome.findings, outcome.texts, rules, form, colours=colours)
    if form != "json" and not quiet:
        text += summary(outcome.findings) + "\n"
    if file is None:
        write(text, colours=colours)
    else:
        write_file(text, file)


def _statistics(findings: list[Finding], form: str) -> str:
    from torchlint.report.statistics import as_json, as_text

    return as_json(findings) if form == "json" else as_text(findings)
