"""The console entry point: which command is meant, and how one ends."""

from __future__ import annotations

import io
import sys
from typing import Any

import click

from torchlint import __version__
from torchlint.cli.baseline.command import baseline
from torchlint.cli.browse import explain, rules, schema
from torchlint.cli.check import check
from torchlint.cli.failure import UsageError
from torchlint.cli.output import note
from torchlint.cli.run import INTERRUPTED
from torchlint.cli.run import run as run_script
from torchlint.cli.scaffold import new

WRONG_USAGE = 2


class Commands(click.Group):
    """A group whose default command is `check`, so that `torchlint train.py` works."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Put `check` first unless a command, or an option of the group itself, stands there."""
        if not args or args[0] not in {*self.commands, "--help", "--version"}:
            args = ["check", *args]
        return super().parse_args(context, args)


@click.group(cls=Commands, commands=[check, run_script, baseline, explain, rules, schema, new])
@click.version_option(__version__, prog_name="torchlint", message="%(prog)s %(version)s")
def main() -> None:
    """Find the mistakes that make PyTorch training quietly learn less than it should.

    `torchlint PATH...` lints files and folders; `torchlint check --help` shows its options. `torchlint run SCRIPT`
    runs a training script and watches it; `torchlint run --help` shows its options.
    """


def run() -> None:
    """Run the command line and exit: 0, 1 with findings, 2 on wrong usage or configuration."""
    streams = (sys.stdout, sys.stderr) if sys.argv[1:2] != [run_script.name] else ()  # Those are the script's.
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(_exit_code())


def _exit_code() -> int:
    try:
        result: Any = main.main(standalone_mode=False, prog_name="torchlint")
    except UsageError as error:
        note(f"error: {error}")
        return WRONG_USAGE
    except click.ClickException as error:
        note(f"error: {error.format_message()}")
        return WRONG_USAGE
    except (click.Abort, KeyboardInterrupt):
        note("interrupted")
        return INTERRUPTED
    return result if isinstance(result, int) else 0
