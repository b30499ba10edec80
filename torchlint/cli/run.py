"""`torchlint run SCRIPT`: run a training script as it is, watch what it does, and report at the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from torchlint.cli.baseline.applying import Baselines
from torchlint.cli.delivery import Report
from torchlint.cli.discovery import Found, discover
from torchlint.cli.failure import UsageError
from torchlint.cli.linting import Work, lint
from torchlint.cli.options import RULE_FOLDERS, Choice, not_together
from torchlint.cli.reporting import FORMS, LEVELS, fails, outputs
from torchlint.cli.terminal.completion import PATH, RULES, files
from torchlint.cli.terminal.progress import progress_bar
from torchlint.finding import Finding
from torchlint.live import EVERY
from torchlint.report.place import absolute
from torchlint.source.notebook import script_of
from torchlint.source.text import NOTEBOOK, UnreadableText

if TYPE_CHECKING:
    from torchlint.live.script import Ending, Program

NEVER = "never"
INTERRUPTED = 130
OVERFIT_STEPS = 200


@click.command(
    "run",
    context_settings={"allow_interspersed_args": False},
    options_metavar="[OPTIONS]",
)
@click.argument("command", metavar="SCRIPT [ARGS]...", nargs=-1, type=click.UNPROCESSED, shell_complete=files)
@click.option("-m", "is_module", is_flag=True, help="SCRIPT is the name of a module, as in `python -m`.")
@click.option("--steps", type=click.IntRange(min=1), metavar="N", help="End the script after N optimizer steps.")
@click.option(
    "--overfit-one-batch",
    is_flag=True,
    help=f"Train on the first batch alone, {OVERFIT_STEPS} steps without --steps, and report whether it is learned.",
)
@click.option(
    "--every",
    type=click.IntRange(min=1),
    metavar="K",
    default=EVERY,
    show_default=True,
    help="Look closely at every K-th step.",
)
@click.option("--no-probes", is_flag=True, help="Do not try models out on copies, with the first batch.")
@click.option("--both", is_flag=True, help="Lint the script's project too, and join what both eyes see.")
@click.option("--select", multiple=True, type=RULES, help="Report only these: codes, prefixes, names or ALL.")
@click.option("--ignore", multiple=True, type=RULES, help="Leave these out.")
@click.option("--extend-select", multiple=True, type=RULES, help="Report these as well.")
@RULE_FOLDERS
@click.option(
    "--output", multiple=True, metavar="FORMAT[:FILE]", help="Report so, to standard error or FILE; repeatable."
)
@click.option("--output-format", type=click.Choice(FORMS), help="The format of the only report.  [default: full]")
@click.option("--output-file", "-o", metavar="FILE", help="Write the only report there, not to standard error.")
@click.option("--baseline", metavar="FILE", help="Report only what this file does not know.")
@click.option("--no-baseline", is_flag=True, help="Report what the configured baseline knows as well.")
@click.option(
    "--fail-on",
    type=click.Choice([*LEVELS, NEVER]),
    default="advice",
    show_default=True,
    help="The mildest finding to exit with 1.",
)
@click.option("--config", metavar="FILE", type=PATH, help="Read the configuration from this file alone.")
@click.option("--isolated", is_flag=True, help="Read no configuration.")
def run(
    command: tuple[str, ...],
    is_module: bool,
    steps: int | None,
    overfit_one_batch: bool,
    every: int,
    no_probes: bool,
    both: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    extend_select: tuple[str, ...],
    rule_folders: tuple[str, ...],
    output: tuple[str, ...],
    output_format: str | None,
    output_file: str | None,
    baseline: str | None,
    no_baseline: bool,
    fail_on: str,
    config: str | None,
    isolated: bool,
) -> int:
    """Run a training script, or the code cells of a notebook, and report what it does wrong.

    The script runs as with `python SCRIPT ARGS...`, unchanged. Findings go to standard error when it ends. Exits
    with the script's own code if it failed, else with 1 if something is found and 0 if nothing is.
    """
    not_together(("--isolated", isolated), ("--config", config))
    not_together(("--baseline", baseline), ("--no-baseline", no_baseline))
    program = _program(command, is_module)
    _need_torch()
    wanted = outputs(output, output_format, output_file)
    choice = Choice.of(select, extend_select, ignore, folders=rule_folders, config=config, isolated=isolated)
    configurations = choice.configurations
    configurations.of(program.file)
    baselines = Baselines(configurations, named=baseline and absolute(baseline), off=no_baseline)
    baselines.of_all([program.file])
    found = discover((program.project,), configurations) if both else Found()
    work = Work(found, configurations, choice.selectors, choice.rules, progress=progress_bar())

    from torchlint.live.ranks.exchange import Exchange
    from torchlint.live.ranks.records import Rank
    from torchlint.live.script import before_termination
    from torchlint.live.session import Options, Session

    rank = Rank.from_environment(os.environ)
    if overfit_one_batch:
        steps = steps or OVERFIT_STEPS
    session = Session(Options(every, steps, not no_probes, overfit_one_batch, rank))
    source = lint(work).findings if both else []
    result = Report(session, work, source, wanted, baselines)
    if rank is not None:
        result.exchange = Exchange(rank, os.environ)
    with before_termination(result.deliver_at_once):
        ending = session.run(program)
    result.deliver()
    return _exit_code(ending, result.findings, fail_on)


def _program(command: tuple[str, ...], is_module: bool) -> Program:
    from torchlint.live.script import NoSuchProgram, module, script

    if not command:
        raise UsageError(f"say which {'module' if is_module else 'script'} to run")
    name, *arguments = command
    try:
        program = (module if is_module else script)(name, tuple(arguments))
        if not program.file.endswith(NOTEBOOK):
            return program
        return replace(program, text=script_of(program.file, Path(program.file).read_bytes()))
    except UnreadableText as reason:
        raise UsageError(f"{name} cannot be run: {reason}") from None
    except NoSuchProgram as reason:
        raise UsageError(str(reason)) from None


def _need_torch() -> None:
    if "torch" not in sys.modules and find_spec("torch") is None:
        from torchlint.live import MISSING_TORCH

        raise UsageError(MISSING_TORCH)


def _exit_code(ending: Ending, findings: Sequence[Finding], fail_on: str) -> int:
    if ending.interrupted:
        return INTERRUPTED
    return ending.code or int(fails(findings, fail_on))
