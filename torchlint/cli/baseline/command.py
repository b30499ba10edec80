"""`torchlint baseline`: write down what is found now, so that only what is new is reported later."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from torchlint.cli.baseline.applying import Baselines, against
from torchlint.cli.baseline.record import USUAL_NAME, Baseline, as_text, read
from torchlint.cli.discovery import NO_FILES, discover, require_all
from torchlint.cli.linting import Work, lint
from torchlint.cli.options import RULE_FOLDERS, Choice
from torchlint.cli.output import check_writable, note, write, write_file
from torchlint.cli.reporting import plural
from torchlint.cli.terminal.completion import PATH, RULES
from torchlint.cli.terminal.progress import progress_bar
from torchlint.report.place import absolute, shown


@click.command()
@click.argument("paths", nargs=-1, type=PATH)
@click.option(
    "--output", "-o", metavar="FILE", type=PATH, help=f"Write there, not into the configured one or {USUAL_NAME}."
)
@click.option("--prune", is_flag=True, help="Take out the entries that are gone, and add none.")
@click.option("--select", multiple=True, type=RULES, help="Write down only these: codes, prefixes, names or ALL.")
@click.option("--ignore", multiple=True, type=RULES, help="Leave these out.")
@click.option("--extend-select", multiple=True, type=RULES, help="Write down these as well.")
@RULE_FOLDERS
@click.option("--config", metavar="FILE", type=PATH, help="Read the configuration from this file alone.")
@click.option("--isolated", is_flag=True, help="Read no configuration.")
def baseline(
    paths: tuple[str, ...],
    output: str | None,
    prune: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    extend_select: tuple[str, ...],
    rule_folders: tuple[str, ...],
    config: str | None,
    isolated: bool,
) -> None:
    """Write down what is found now, by rule, file and the code around it.

    `torchlint check --baseline FILE`, or `baseline = "FILE"` in the configuration, then reports only what is new. What
    is known of files that are not looked at, and of rules that are off, stays as it is.
    """
    choice = Choice.of(select, extend_select, ignore, folders=rule_folders, config=config, isolated=isolated)
    rules, configurations = choice.rules, choice.configurations
    configured = configurations.of_folder(Path.cwd()).baseline
    file = absolute(output or configured or USUAL_NAME)
    check_writable(file)
    before = read(file) if prune or Path(file).exists() else Baseline(file, Counter())
    found = require_all(discover(paths or (".",), configurations))
    if not found.files and not found.unread:
        note(NO_FILES)
    work = Work(found, configurations, choice.selectors, rules, progress=progress_bar())
    outcome = lint(work)
    known = Baselines(configurations, named=file, loaded={file: before})
    _, (comparison,) = against(known, outcome.findings, outcome.texts, work)
    added = Counter() if prune else Counter(entry for entry, _ in comparison.new)
    entries = comparison.known + comparison.aside + added
    write_file(as_text(entries, rules), file)
    total = entries.total()
    changes = f"{added.total()} added, {comparison.gone.total()} taken out"
    write(f"{shown(file)}: {total} known {plural('finding', total)} ({changes})\n")
    if configured is None:
        write(f'Use it with `--baseline {shown(file)}`, or with `baseline = "{shown(file)}"` in the configuration.\n')
