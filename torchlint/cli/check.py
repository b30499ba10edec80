"""`torchlint PATH...`: the options, the report and the exit code."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from torchlint.cli.baseline.applying import Baselines, against, summed_up, told
from torchlint.cli.configuration import Configurations
from torchlint.cli.discovery import NO_FILES, Found, discover, require_all
from torchlint.cli.failure import WRONG_USAGE, UsageError
from torchlint.cli.files.changed import LAST_COMMIT, is_revision, only_changed
from torchlint.cli.files.hints import hint
from torchlint.cli.files.showing import files, settings
from torchlint.cli.files.watching import again_and_again
from torchlint.cli.linting import Outcome, Work, lint
from torchlint.cli.options import RULE_FOLDERS, Choice, not_together, reason
from torchlint.cli.output import note, write
from torchlint.cli.reporting import (
    FORMS,
    LEVELS,
    Material,
    deliver,
    fails,
    fixable,
    outputs,
    plural,
    require_countable,
    summary,
)
from torchlint.cli.rulebook import rules_with
from torchlint.cli.terminal.completion import PATH, RULES
from torchlint.cli.terminal.progress import progress_bar
from torchlint.finding import Finding
from torchlint.report.place import absolute, shown
from torchlint.selection import Rules

if TYPE_CHECKING:
    from torchlint.cli.fixing import Fixed

STDIN = "-"
QUOTED_NOTHING = '""'
MARK_OF_NOTEBOOKS = b'"nbformat"'


@click.command()
@click.argument("paths", nargs=-1, type=PATH)
@click.option("--select", multiple=True, type=RULES, help="Report only these: codes, prefixes, names or ALL.")
@click.option("--ignore", multiple=True, type=RULES, help="Leave these out.")
@click.option("--extend-select", multiple=True, type=RULES, help="Report these as well.")
@RULE_FOLDERS
@click.option("--fix/--no-fix", "fix", is_flag=True, default=None, help="Fix what can be fixed safely.")
@click.option("--unsafe-fixes", is_flag=True, help="Apply, too, fixes that may change what was meant.")
@click.option("--fix-only", is_flag=True, help="Fix, and report nothing that is left; implies --fix.")
@click.option("--diff", is_flag=True, help="Print what --fix would change, and change nothing.")
@click.option("--show-fixes", is_flag=True, help="List what was fixed.")
@click.option("--add-ignores", metavar="REASON", callback=reason, help="Silence every finding by a comment.")
@click.option(
    "--changed",
    is_flag=False,
    flag_value=LAST_COMMIT,
    metavar="[REV]",
    help=f"Report only what has changed since a commit of git.  [REV: {LAST_COMMIT}]",
)
@click.option(
    "--context", multiple=True, metavar="PATH", type=PATH, help="Read what is there too, and report nothing in it."
)
@click.option("--watch", "-w", is_flag=True, help="Lint again whenever a file has changed, until Ctrl-C.")
@click.option("--show-files", is_flag=True, help="List what would be linted, and lint nothing.")
@click.option("--show-settings", is_flag=True, help="Print the configuration of what would be linted.")
@click.option("--output", multiple=True, metavar="FORMAT[:FILE]", help="Report so, to the screen or FILE; repeatable.")
@click.option("--output-format", type=click.Choice(FORMS), help="The format of the only report.  [default: full]")
@click.option("--output-file", "-o", metavar="FILE", type=PATH, help="Write the only report there.")
@click.option("--baseline", metavar="FILE", type=PATH, help="Report only what this file does not know.")
@click.option("--no-baseline", is_flag=True, help="Report what the configured baseline knows as well.")
@click.option("--statistics", is_flag=True, help="Count the findings of each rule.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even when something is found.")
@click.option(
    "--fail-on",
    type=click.Choice(LEVELS),
    default="advice",
    show_default=True,
    help="The mildest to exit with 1.",
)
@click.option("--no-cache", is_flag=True, expose_value=False, help="Read every file anew, as is always done for now.")
@click.option("--config", metavar="FILE", type=PATH, help="Read the configuration from this file alone.")
@click.option("--isolated", is_flag=True, help="Read no configuration.")
@click.option("--force-exclude", is_flag=True, help="Leave out what `exclude` names, even where it is given as PATH.")
@click.option("--stdin-filename", metavar="FILE", type=PATH, help="The name of standard input (PATH `-`).")
@click.option("--jobs", "-j", type=click.IntRange(min=1), metavar="N", help="Read with this many processes.")
@click.option("--quiet", "-q", is_flag=True, help="Print findings and nothing else.")
@click.option("--verbose", "-v", is_flag=True, help="Say what was read and how long it took.")
def check(
    paths: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    extend_select: tuple[str, ...],
    rule_folders: tuple[str, ...],
    fix: bool | None,
    unsafe_fixes: bool,
    fix_only: bool,
    diff: bool,
    show_fixes: bool,
    add_ignores: str | None,
    changed: str | None,
    context: tuple[str, ...],
    watch: bool,
    show_files: bool,
    show_settings: bool,
    output: tuple[str, ...],
    output_format: str | None,
    output_file: str | None,
    baseline: str | None,
    no_baseline: bool,
    statistics: bool,
    exit_zero: bool,
    fail_on: str,
    config: str | None,
    isolated: bool,
    force_exclude: bool,
    stdin_filename: str | None,
    jobs: int | None,
    quiet: bool,
    verbose: bool,
) -> int:
    """Lint files and folders (the current folder where no PATH is given).

    `torchlint PATH...` is short for `torchlint check PATH...`. Exits with 0 if nothing is found, with 1 if
    something is, with 2 on wrong usage or configuration.
    """
    if watch:
        _watch(paths, rules_with(rule_folders), config, isolated=isolated, force_exclude=force_exclude)
    started = time.perf_counter()
    choice = Choice.of(select, extend_select, ignore, folders=rule_folders, config=config, isolated=isolated)
    rules, configurations = choice.rules, choice.configurations
    not_together(("--baseline", baseline), ("--no-baseline", no_baseline))
    not_together(("--add-ignores", add_ignores), ("--fix", fix or fix_only or diff))
    wanted = outputs(output, output_format, output_file)
    if statistics:
        require_countable(wanted)
    stdin = _stdin(paths, stdin_filename)
    not_together(("--changed", changed), ("standard input", stdin))
    not_together(("--add-ignores", add_ignores), ("standard input", stdin))
    found = Found() if stdin else _found(paths, changed, configurations, force_exclude=force_exclude)
    if context and (stdin or found.files):
        found.beside += require_all(discover(context, configurations)).files
    if found.refused and not found.files and not found.unread:
        return _ended(found, rules, 0)
    if not stdin and not found.files and not found.unread and not quiet:
        note(f"No Python file has changed since {changed}." if changed else NO_FILES)
    work = Work(found, configurations, choice.selectors, rules, jobs, stdin, progress=progress_bar(quiet=quiet))
    if show_files or show_settings:
        write(settings(work) if show_settings else files(found))
        return _ended(found, rules, 0)
    baselines = Baselines(configurations, named=baseline and absolute(baseline), off=no_baseline)
    baselines.of_all(work.names().values())
    wanted_fixes = fix or fix_only or diff
    fixed = _fixed(work, baselines, unsafe=unsafe_fixes, diff=diff, show=show_fixes) if wanted_fixes else None
    outcome = lint(work) if fixed is None else fixed.outcome
    if verbose:
        seconds = time.perf_counter() - started
        linked = f"{outcome.linked} more read for linking"
        note(f"{outcome.files} {plural('file', outcome.files)} linted, {linked}, {seconds:.2f} seconds")
    if fixed is not None and (diff or fix_only):
        return _ended(found, rules, int(diff and bool(fixed.after) and not exit_zero))
    findings, compared = against(baselines, outcome.findings, outcome.texts, work)
    site = configurations.of_folder(Path.cwd()).rule_pages
    count = len(fixed.done) if fixed else 0
    lines = [summary(findings, fixed=count, complete=not found.refused), *fixable(findings), *summed_up(compared)]
    if add_ignores is not None:
        findings, line = _silenced(findings, work, add_ignores)
        lines = [line, *([summary(findings), *fixable(findings)] if findings else ())]
    closing = () if quiet else lines
    material = Material(findings, outcome.texts, rules, counted=statistics, site=site, closing=closing)
    # Where the fixed script goes to standard output, the report goes beside it.
    deliver(material, wanted, sys.stderr if fixed is not None and stdin else sys.stdout)
    if not quiet:
        for line in told(compared):
            note(line)
    return _ended(found, rules, int(fails(findings, fail_on) and not exit_zero))


def _watch(
    paths: tuple[str, ...], rules: Rules, config: str | None, *, isolated: bool, force_exclude: bool
) -> NoReturn:
    """Do what the command line says again and again."""
    context = click.get_current_context()
    stdin = STDIN in paths or context.params["stdin_filename"] is not None
    not_together(("--watch", True), ("standard input", stdin))

    def look() -> list[str]:
        configurations = Configurations(rules, isolated=isolated, file=config)
        found = discover(paths or (".",), configurations, force_exclude=force_exclude)
        return [*found.files, *configurations.files()]

    again_and_again(lambda: context.invoke(context.command, **{**context.params, "watch": False}), look)


def _found(
    paths: tuple[str, ...], changed: str | None, configurations: Configurations, *, force_exclude: bool
) -> Found:
    """What the paths mean; of that, only what has changed. As with git, a word that is no commit may be a path."""
    if changed is not None and Path(changed).exists() and not is_revision(changed):
        paths, changed = (*paths, changed), LAST_COMMIT
    found = discover(paths or (".",), configurations, force_exclude=force_exclude)
    return found if changed is None else only_changed(found, changed, configurations)


def _silenced(findings: Sequence[Finding], work: Work, reason: str) -> tuple[list[Finding], str]:
    """Write comments that silence the findings; tell which are left, and in a line what was done."""
    from torchlint.cli.suppressions.adding import add_ignores

    added = add_ignores(findings, work, reason)
    count = len(added.silenced)
    where = f"{added.files} {plural('file', added.files)}"
    return added.left, f"Silenced {count} {plural('finding', count)} by comments in {where}."


def _fixed(work: Work, baselines: Baselines, *, unsafe: bool, diff: bool, show: bool) -> Fixed:
    """Fix what can be fixed, in the files, or as a diff on standard output."""
    from torchlint.cli.fixing import Fixer
    from torchlint.cli.rewriting import write_fixed

    def new(outcome: Outcome) -> Sequence[Finding]:
        return against(baselines, outcome.findings, outcome.texts, work)[0]

    fixed = Fixer.of(work, new, unsafe=unsafe).run()
    write_fixed(fixed, work, as_diff=diff)
    for finding in fixed.done if show else ():
        title = "" if finding.patch is None else finding.patch.title
        note(f"fixed {shown(finding.site.file)}: {finding.code} {title}")
    if diff:
        count = len(fixed.done)
        note(f"Would fix {count} {plural('finding', count)}.")
    return fixed


def _ended(found: Found, rules: Rules, code: int) -> int:
    """The exit code; paths that were not linted are named, and it says so too, whatever was found in the others."""
    root = click.get_current_context().find_root().command
    commands = root.commands if isinstance(root, click.Group) else ()
    for path, why in found.refused:
        note(f"error: {path or QUOTED_NOTHING}: {why}{hint(path, rules, commands)}")
    return WRONG_USAGE if found.refused else code


def _stdin(paths: tuple[str, ...], name: str | None) -> tuple[str, bytes] | None:
    """The name and bytes of standard input where it is what to lint."""
    if paths not in ((), (STDIN,)) and (name is not None or STDIN in paths):
        raise UsageError('standard input ("-", --stdin-filename) cannot be linted together with other paths')
    if name is None and STDIN not in paths:
        return None
    if sys.stdin is None:
        raise UsageError("standard input is closed")
    content = sys.stdin.buffer.read()
    if name is None and content.lstrip().startswith(b"{") and MARK_OF_NOTEBOOKS in content:
        raise UsageError("standard input is a notebook: name it so, by --stdin-filename notebook.ipynb")
    return (absolute(name) if name else STDIN), content
