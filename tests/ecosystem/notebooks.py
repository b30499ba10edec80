"""Real notebooks, changed and changed back: every byte must be as it was.

By hand: `python tests/ecosystem/notebooks.py FOLDER...`. In every notebook below the folders a line is added to each
code cell and taken out again, in memory; in between, the JSON must parse, with that line in its cell and nothing else
changed. Printed is each notebook that is not read, or comes back otherwise.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from torchlint.source.notebook import Cell, Notebook
from torchlint.source.text import UnreadableText

LINE = "added = 'é'\n"


def main() -> int:
    files = sorted({file for folder in sys.argv[1:] for file in Path(folder).rglob("*.ipynb") if file.is_file()})
    wrong = [(file, reason) for file in files if (reason := difference(file.read_bytes()))]
    for file, reason in wrong:
        print(f"{file}: {reason}")
    print(f"{len(files) - len(wrong)} of {len(files)} notebooks come back byte for byte")
    return int(bool(wrong))


def difference(data: bytes) -> str:
    """What is wrong with a notebook that was changed and changed back; empty if nothing is."""
    try:
        before = Notebook(data)
    except UnreadableText as reason:
        return str(reason)
    changed = before.rewritten({cell.number: with_line(cell) for cell in before.cells})
    try:
        after = Notebook(changed)
    except UnreadableText as reason:
        return f"after the change: {reason}"
    if [cell.source for cell in after.cells] != [with_line(cell) for cell in before.cells]:
        return "the line is not where it should be"
    if without_sources(data) != without_sources(changed):
        return "more than the sources has changed"
    back = after.rewritten({cell.number: cell.source.removeprefix(LINE) for cell in after.cells})
    return "" if back == data else "it does not come back as it was"


def with_line(cell: Cell) -> str:
    """The source of a cell with the line; an empty cell stays empty, for there are several ways to write one."""
    return LINE + cell.source if cell.source else ""


def without_sources(data: bytes) -> Any:
    """The JSON without the text of its code cells."""
    return json.loads(data, object_hook=lambda cell: cell if cell.get("cell_type") != "code" else _emptied(cell))


def _emptied(cell: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in cell.items() if name not in ("source", "input")}


if __name__ == "__main__":
    sys.exit(main())
