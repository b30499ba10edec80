"""Places in a text: ours count rows and characters from 1, an editor's from 0, and often in units of UTF-16."""

from __future__ import annotations

from dataclasses import dataclass, field

from lsprotocol import types as lsp

from torchlint.facts.site import Site
from torchlint.fix import Change
from torchlint.report.place import lines_of

UTF8 = lsp.PositionEncodingKind.Utf8
UTF32 = lsp.PositionEncodingKind.Utf32


@dataclass(slots=True)
class Positions:
    """The places in one text, in the units that an editor counts in."""

    text: str
    encoding: str
    _rows: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self._rows = lines_of(self.text)

    def range(self, site: Site) -> lsp.Range:
        """Where a site begins and ends."""
        end = (site.end_line, site.end_column) if site.end_line else (site.line, site.column)
        return lsp.Range(start=self._position(site.line, site.column), end=self._position(*end))

    def edit(self, change: Change) -> lsp.TextEdit:
        """A change as an editor carries it out."""
        return lsp.TextEdit(range=self.range(change.span), new_text=change.text)

    def _position(self, line: int, column: int) -> lsp.Position:
        row = self._rows[line - 1] if 0 < line <= len(self._rows) else ""
        return lsp.Position(line=max(line - 1, 0), character=self._units(row[: column - 1]))

    def _units(self, text: str) -> int:
        if text.isascii() or self.encoding == UTF32:
            return len(text)
        if self.encoding == UTF8:
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text.encode("utf-16-le", "surrogatepass")) // 2


def touch(one: lsp.Range, other: lsp.Range) -> bool:
    """Whether two ranges have a place in common, their ends included."""
    return _key(one.start) <= _key(other.end) and _key(other.start) <= _key(one.end)


def _key(position: lsp.Position) -> tuple[int, int]:
    return position.line, position.character
