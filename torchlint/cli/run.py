"""`torchlint run SCRIPT`: run a training script as it is, watch what it does, and report at the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from torchlint.cli.configuration import Configurations
from torchlint.cli.discovery import Found
from torchlint.cli.failure import UsageError
from torchlint.cli.linting import Work, settle
from torchlint.cli.output import check_writable, use_colours, write, write_file
from torchlint.cli.reporting import FORMS, LEVELS, fails, plural, report, summary
from torchlint.cli.rulebook import installed_rules
from torchlint.cli.selection import selectors
from torchlint.finding import Finding
from torchlint.judge import judge

if TYPE_CHECKING:
    from torchlint.live.script import Ending, Program
    from torchlint.live.session import Session

LIVE = "live"
NEVER = "never"
INTERRUPTED = 130


@click.command(
    "run",
    context_settings={"allow_interspersed_args": False},
    options_metavar="[OPTIONS]",
)
@click.argument("command", metavar="SCRIPT [ARGS]...", nargs=-1, type=click.UNPROCESSED)
@click.option("-m", "is_module", is_flag=True, help="SCRIPT is the name of a module, as in `python -m`.")
@click.option("--steps", type=click.IntRange(min=1), metavar="N", help="End the script after N optimizer steps.")
@click.option("--every", type=click.IntRange(min=1), metavar="K", help="Look closely at every K-th step.")
@click.option("--select", multiple=True, metavar="RULES", help="Report only these: codes, prefixes, names or ALL.")
@click.option("--ignore", multiple=True, metavar="RULES", help="Leave these out.")
@click.option("--extend-select", multiple=True, metavar="RULES", help="Report these as well.")
@click.option("--output-format", type=click.Choice(FORMS), default=FORMS[0], show_default=True)
@click.option("--output-file", "-o", metavar="FILE", help="Write the report there, not to standard error.")
@click.option(
    "--fail-on",
    type=click.Choice([*LEVELS, NEVER]),
    default="advice",
    show_default=True,
    help="The mildest finding to exit with 1.",
)
@click.option("--config", metavar="FILE", help="Read the configuration from this file alone.")
@click.option("--isolated", is_flag=True, help="Read no configuration.")
def run(
    command: tuple[str, ...],
    is_module: bool,
    steps: int | None,
    every: int | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    extend_select: tuple[str, ...],
    output_format: str,
    output_file: str | None,
    fail_on: str,
    config: str | None,
    isolated: bool,
) -> int:
    """Run a training script and report what it does wrong.

    The script runs as with `python SCRIPT ARGS...`, unchanged. Findings go to standard error when it ends. Exits
    with the script's own code if it failed, else with 1 if something is found and 0 if nothing is.
    """
    if isolated and config:
        raise UsageError("--isolated and --config cannot be used together")
    program = _program(command, is_module)
    _need_torch()
    if output_file:
        check_writable(output_file)
    rules = installed_rules()
    configurations = Configurations(rules, isolated=isolated, file=config)
    configurations.of_folder(Path(program.file).parent)
    work = Work(Found(), configurations, selectors(select, extend_select, ignore, rules), rules)

    from torchlint.live import EVERY
    from torchlint.live.script import before_termination
    from torchlint.live.session import Options, Session

    session = Session(Options(every or EVERY, steps))
    result = Report(session, work, output_format, output_file and os.path.abspath(output_file))  # noqa: PTH100
    with before_termination(result.deliver):
        ending = session.run(program)
    result.deliver()
    return _exit_code(ending, result.findings, fail_on)


def _program(command: tuple[str, ...], is_module: bool) -> Program:
    from torchlint.live.script import NoSuchProgram, module, script

    if not command:
        raise UsageError(f"say which {'module' if is_module else 'script'} to run")
    name, *arguments = command
    try:
        return (module if is_module else script)(name, tuple(arguments))
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


@dataclass(slots=True)
class Report:
    """The report of a session, given once: at the end of the script, or before a signal ends the process.

    The script may change the folder it works in and the streams; the report keeps those that it found.
    """

    session: Session
    work: Work
    form: str
    file: str | None
    findings: list[Finding] = field(default_factory=list)
    _folder: Path = field(default_factory=Path.cwd)
    _stream: IO[str] | None = field(default_factory=lambda: sys.stderr)
    _process: int = field(default_factory=os.getpid)
    _given: bool = False

    def deliver(self) -> None:
        """Judge what was seen and print it; a process that the script forked off has nothing to say."""
        if self._given or os.getpid() != self._process:
            return
        self._given = True
        with _in_folder(self._folder):
            self.findings = self._judged()
            self._print()

    def _judged(self) -> list[Finding]:
        from torchlint.live.verdict import text_of

        seeing = [rule for rule in self.work.rules.values() if "L" in rule.rule.eyes]
        return settle(self.work, judge(self.session.facts, seeing, LIVE), cache(text_of))

    def _print(self) -> None:
        from torchlint.live.verdict import text_of

        colours = use_colours(os.environ, self._stream) and self.file is None
        text = report(self.findings, text_of, self.work.rules, self.form, colours=colours, eyes=True)
        if self.form != "json":
            text += "".join(f"{line}\n" for line in self._closing_lines())
        if self.file is not None:
            write_file(text, self.file)
        elif self._stream is not None:
            write(text, self._stream, colours=colours)

    def _closing_lines(self) -> Iterator[str]:
        """How many were found, and what a reader must know to read the report."""
        started, steps = self.session.children, self.session.steps
        if self.findings or steps:
            yield f"{summary(self.findings)[:-1]} in {steps} {plural('step', steps)} of training."
        else:
            yield "The script ended without a single optimizer step: there was no training to judge."
        if started:
            more = "one more process, which was" if started == 1 else f"{started} more processes, which were"
            yield f"It started {more} not watched: only a script's main process is."


@contextmanager
def _in_folder(folder: Path) -> Iterator[None]:
    """Work in a folder for a while, if it and the way back are still there."""
    try:
        before = Path.cwd()
        os.chdir(folder)
    except OSError:
        yield
        return
    try:
        yield
    finally:
        os.chdir(before)
