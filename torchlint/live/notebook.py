"""In a notebook: `%load_ext torchlint` makes the cell magic `%%torchlint`, which watches what its cell runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from torchlint.live import watch


class Shell(Protocol):
    """What is used of IPython's shell."""

    def run_cell(self, raw_cell: str) -> object:
        """Run a cell as though it had been typed."""

    def register_magic_function(self, func: Callable[[str, str], None], magic_kind: str) -> None:
        """Make a function a magic of its name."""


def load(shell: Shell) -> None:
    """Make `%%torchlint` known to a shell."""

    def torchlint(line: str, cell: str) -> None:
        """Run the cell, and print what the run does wrong. Words behind the magic select rules."""
        with watch(select=line.replace(",", " ").split() or None) as seen:
            shell.run_cell(cell)
        print(seen.report(), end="")

    shell.register_magic_function(torchlint, "cell")
