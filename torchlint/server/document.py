"""A file that is open in the editor, and what was found in the text that it had."""

from __future__ import annotations

import os
from dataclasses import dataclass

from torchlint.cli.linting import Texts
from torchlint.finding import Finding
from torchlint.source.text import encoding_of


@dataclass(frozen=True, slots=True)
class Linted:
    """The findings in one version of a document, and the texts of the files that they speak of."""

    version: int
    findings: tuple[Finding, ...]
    texts: Texts


@dataclass(slots=True)
class Document:
    """The text as it is in the editor, which may not be saved, or not even be on the disk."""

    uri: str
    path: str
    version: int
    text: str
    linted: Linted | None = None

    @property
    def real_path(self) -> str:
        """The path under which it is linted, whatever links lead there."""
        return os.path.realpath(self.path)

    def data(self) -> bytes:
        """The bytes that would be saved."""
        encoding = encoding_of(self.text.encode("utf-8", "replace"))
        try:
            return self.text.encode(encoding)
        except (LookupError, UnicodeError):
            return self.text.encode("utf-8", "replace")

    def current(self) -> Linted | None:
        """What was found in the text as it is now, where that has been linted."""
        return self.linted if self.linted is not None and self.linted.version == self.version else None
