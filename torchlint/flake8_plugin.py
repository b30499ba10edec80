"""What torchlint finds, as errors of flake8 (TL101 and so on), file by file."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from torchlint import __version__, lint


class Plugin:
    """One file that flake8 looks at; which rules are on there is read from the configuration of torchlint."""

    name = "torchlint"
    version = __version__

    def __init__(self, tree: ast.AST, filename: str, lines: Sequence[str]) -> None:
        # That flake8 hands over a tree, which is not needed, makes it ask once a file.
        self._filename = filename
        self._text = "".join(lines)

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        """Line, column from 0, and text of each finding."""
        for finding in lint(self._filename, text=self._text, force_exclude=True):
            text = f"{finding.code} {finding.message} {finding.instead}"
            yield finding.site.line, max(finding.site.column - 1, 0), text, type(self)
