"""The console entry point: which command is meant, and how one ends."""

from __future__ import annotations

import gc
import io
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from torchlint import __version__
from torchlint.cli.baseline.command import baseline
from torchlint.cli.browse import explain, rules, schema
from torchlint.cli.check import check
from torchlint.cli.failure import WRONG_USAGE, UsageError
from torchlint.cli.output import note
from torchlint.cli.run import INTERRUPTED
from torchlint.cli.run import run as run_script
from torchlint.cli.scaffold import new
from torchlint.suggestion import nearest

HELP = ("-h", "--help")
VERSION = ("-V", "--version")


class Commands(click.Group):
    """A group whose default command is `check`, so that `torchlint train.py` works."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Put `check` first unless a command, or an option of the group itself, stands there."""
        if context.resilient_parsing and not args:
            return super().parse_args(context, args)
        if not args or args[0] not in {*self.commands, *HELP, *VERSION}:
            if not context.resilient_parsing:
                self._complain(args)
            args = ["check", *args]
        return super().parse_args(context, args)

    def shell_complete(self, context: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer commands, and what may stand behind `check` where it is left out."""
        paths = [] if incomplete.startswith("-") else [CompletionItem(incomplete, type="file")]
        of_check = check.shell_complete(click.Context(check, parent=context), incomplete)
        # A shell that is told to look for files forgets what it was offered before: that comes first.
        offered = [*paths, *of_check, *super().shell_complete(context, incomplete)]
        return list({item.value: item for item in reversed(offered)}.values())[::-1]

    def _complain(self, args: list[str]) -> None:
        """Say so where what stands first is no path, and like the name of a command."""
        word = args[0] if args and args[0].isalpha() else ""
        meant = nearest(word, self.commands, 0.6)
        if meant is not None and not any(Path(each).exists() for each in args if each):
            raise UsageError(f'there is no command, file or folder "{word}"; did you mean "torchlint {meant}"?')


@click.command()
def server() -> None:
    """Answer an editor on standard input and output, by the Language Server Protocol."""
    if find_spec("pygls") is None:
        raise UsageError("the language server needs pygls: install it by `pip install 'torchlint[lsp]'`")
    # Imported by its name, and only here: it stands above the command line, whose order of work it uses.
    import_module("torchlint.server.session").serve()


@click.group(
    cls=Commands,
    commands=[check, run_script, baseline, explain, rules, schema, new, server],
    context_settings={"help_option_names": HELP},
)
@click.version_option(__version__, *VERSION, prog_name="torchlint", message="%(prog)s %(version)s")
def main() -> None:
    """Find the mistakes that make PyTorch training quietly learn less than it should.

    `torchlint PATH...` lints files and folders; `torchlint check --help` shows its options. `torchlint run SCRIPT`
    runs a training script and watches it; `torchlint run --help` shows its options.
    """


def run() -> None:
    """Run the command line and exit: 0, 1 with findings, 2 on wrong usage or configuration."""
    if sys.argv[1:2] == [run_script.name]:
        sys.exit(exit_code())  # The streams, and what lives until the process ends, are the script's.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    code = exit_code()
    # To look for cycles in all that was read, a last time at exit, would be for nothing.
    gc.freeze()
    sys.exit(code)


def exit_code() -> int:
    """Do what the command line says, and tell how it went."""
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
