"""Notebooks: the script that the code cells make together, and where each cell stands in the file.

What is no Python in a cell (`%matplotlib inline`, `!pip install`, `%%bash`) is left out line by line, so that rows and
columns stay. Nothing is written back from the parsed JSON: only the source of a cell that changes is replaced.
Formats 3 and 4 of https://nbformat.readthedocs.io are read.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torchlint.source.text import NOTEBOOK, UnreadableText, decode

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()
_LINE_MAGIC = re.compile(r"\s*(?:[%!?]|[\w.]+\?{1,2}\s*$)|\s*[\w.,\[\] ]+=\s*[%!]")
_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
PYTHON_MAGICS = frozenset(("time", "timeit", "capture", "prun", "debug", "torchlint"))
"""The cell magics that run their cell as Python."""


def script_of(path: str, data: bytes) -> str:
    """The Python text of a file, which of a notebook is that of its code cells. Raises UnreadableText."""
    return Notebook(data).script if path.endswith(NOTEBOOK) else decode(data)


@dataclass(frozen=True, slots=True)
class Literal:
    """A string of JSON: where it stands in the file, with its quotes, and what it says."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell: its number among all cells, counted from 1, and its first row in the script, counted from 0.

    `literals` are its lines, or the one string that holds them all, and `start` to `end` is where they stand in the
    file. `left_out` are the rows of the cell that are no Python.
    """

    number: int
    first_row: int
    source: str
    literals: tuple[Literal, ...]
    start: int
    end: int
    python: str
    left_out: frozenset[int]

    @property
    def rows(self) -> int:
        """How many rows the cell has in the script."""
        return self.python.count("\n")


class Notebook:
    """A notebook as it was read. Raises UnreadableText where it is none."""

    def __init__(self, data: bytes) -> None:
        try:
            self._text = data.decode("utf-8-sig")
            self._mark = data[: len(data) - len(self._text.encode())]
            self.cells = tuple(self._code_cells())
        except UnicodeDecodeError as error:
            raise UnreadableText(f"The notebook is not UTF-8: {error.reason}.") from None
        except (ValueError, RecursionError) as error:
            raise UnreadableText(f"The file is no notebook: {error}.") from None

    @property
    def script(self) -> str:
        """The code cells, one after another."""
        return "".join(cell.python for cell in self.cells)

    def cell_at(self, row: int) -> Cell | None:
        """The cell that holds a row of the script, counted from 0."""
        for cell in self.cells:
            if cell.first_row <= row < cell.first_row + cell.rows:
                return cell
        return None

    def rewritten(self, sources: Mapping[int, str]) -> bytes:
        """The file with other source in the cells of these numbers, and every other byte as it is."""
        pieces: list[str] = []
        behind = 0
        for cell in self.cells:
            if sources.get(cell.number, cell.source) != cell.source:
                pieces += (self._text[behind : cell.start], self._written(cell, sources[cell.number]))
                behind = cell.end
        return self._mark + "".join((*pieces, self._text[behind:])).encode()

    def _written(self, cell: Cell, source: str) -> str:
        if self._text[cell.start] == '"':
            return self._quoted(source)
        kept = {literal.text: self._text[literal.start : literal.end] for literal in cell.literals}
        lines = [kept.get(line) or self._quoted(line) for line in source.splitlines(keepends=True)]
        before, between, after = self._separators(cell)
        return f"[{before}{between.join(lines)}{after}]"

    def _separators(self, cell: Cell) -> tuple[str, str, str]:
        """What stands in front of the lines of a cell, between them and behind them."""
        if not cell.literals:
            return "", ", ", ""
        first, last = cell.literals[0], cell.literals[-1]
        before, after = self._text[cell.start + 1 : first.start], self._text[last.end : cell.end - 1]
        between = self._text[first.end : cell.literals[1].start] if len(cell.literals) > 1 else f",{before}"
        return before, between, after

    def _quoted(self, text: str) -> str:
        return json.dumps(text, ensure_ascii=self._text.isascii())

    def _code_cells(self) -> Iterator[Cell]:
        row = 0
        for number, start in enumerate(self._cells(), 1):
            members = dict(_members(self._text, start))
            kind = members.get("cell_type")
            source = members.get("source", members.get("input"))
            if kind is None or source is None or _string(self._text, kind).text != "code":
                continue
            literals = tuple(_strings(self._text, source))
            end = _end(self._text, source)
            text = "".join(literal.text for literal in literals)
            python, left_out = _python_of(text)
            yield Cell(number, row, text, literals, source, end, python, left_out)
            row += python.count("\n")

    def _cells(self) -> Iterator[int]:
        """Where each cell begins."""
        top = dict(_members(self._text, _space(self._text, 0)))
        if "cells" in top:
            yield from _items(self._text, top["cells"])
        elif "worksheets" in top:
            for sheet in _items(self._text, top["worksheets"]):
                yield from _items(self._text, dict(_members(self._text, sheet))["cells"])
        else:
            raise ValueError("it has no cells")


def _python_of(source: str) -> tuple[str, frozenset[int]]:
    """The Python of a cell, row for row, and the rows that are something else."""
    lines = source.split("\n")
    if lines[-1] == "":
        lines.pop()
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    magic = _CELL_MAGIC.match(lines[first]) if lines else None
    if magic is not None and magic[1] not in PYTHON_MAGICS:
        return "\n" * len(lines), frozenset(range(len(lines)))
    left_out = set() if magic is None else {first}
    if not _parses(lines):
        left_out |= set(_magics(lines))
    python = [_passed_over(line) if number in left_out else line for number, line in enumerate(lines)]
    return "".join(f"{line}\n" for line in python), frozenset(left_out)


def _magics(lines: list[str]) -> Iterator[int]:
    """The lines that IPython takes for itself, with those that a backslash continues."""
    continued = False
    for number, line in enumerate(lines):
        if continued or _LINE_MAGIC.match(line):
            yield number
            continued = line.endswith("\\")


def _passed_over(line: str) -> str:
    return f"{line[: len(line) - len(line.lstrip())]}pass"


def _parses(lines: list[str]) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _members(text: str, start: int) -> Iterator[tuple[str, int]]:
    """The names in an object, each with where its value begins."""
    if text[start : start + 1] != "{":
        raise ValueError(f"no object begins at character {start}")
    index = _space(text, start + 1)
    while text[index : index + 1] != "}":
        name = _string(text, index)
        index = _space(text, _space(text, name.end) + 1)
        yield name.text, index
        index = _next(text, index)


def _items(text: str, start: int) -> Iterator[int]:
    """Where each item of a list begins."""
    if text[start : start + 1] != "[":
        raise ValueError(f"no list begins at character {start}")
    index = _space(text, start + 1)
    while text[index : index + 1] != "]":
        yield index
        index = _next(text, index)


def _next(text: str, start: int) -> int:
    """Where the next value begins behind one, or its container ends."""
    index = _space(text, _end(text, start))
    if text[index : index + 1] == ",":
        return _space(text, index + 1)
    if text[index : index + 1] not in ("]", "}"):
        raise ValueError(f"it is cut short or broken at character {index}")
    return index


def _strings(text: str, start: int) -> Iterator[Literal]:
    """The strings of a list, or the one that stands there."""
    if text[start : start + 1] == "[":
        for item in _items(text, start):
            yield _string(text, item)
    else:
        yield _string(text, start)


def _string(text: str, start: int) -> Literal:
    if text[start : start + 1] != '"':
        raise ValueError(f"no string begins at character {start}")
    said, end = _DECODER.raw_decode(text, start)
    return Literal(start, end, said)


def _end(text: str, start: int) -> int:
    try:
        return int(_DECODER.raw_decode(text, start)[1])
    except StopIteration:
        raise ValueError(f"a value is missing at character {start}") from None


def _space(text: str, start: int) -> int:
    match = _SPACE.match(text, start)
    return match.end() if match is not None else start
