"""Notebooks: the script that their cells make, and how a changed cell is written back."""

from __future__ import annotations

import json

import pytest

from torchlint.source.notebook import Notebook
from torchlint.source.text import UnreadableText


def notebook(*cells: object, **members: object) -> bytes:
    """Code cells, or cells as they are; each source a list of lines."""
    found = [
        cell
        if isinstance(cell, dict)
        else {"cell_type": "code", "metadata": {}, "outputs": [], "source": str(cell).splitlines(keepends=True)}
        for cell in cells
    ]
    return json.dumps({"cells": found, "nbformat": 4, "nbformat_minor": 5, **members}, indent=1).encode()


def test_code_cells_make_one_script() -> None:
    text = {"cell_type": "markdown", "source": ["# Title"]}
    read = Notebook(notebook("import torch\nx = 1", text, "y = 2\n"))
    assert read.script == "import torch\nx = 1\ny = 2\n"
    assert [(cell.number, cell.first_row) for cell in read.cells] == [(1, 0), (3, 2)]
    assert [read.cell_at(row).number for row in range(3) if read.cell_at(row)] == [1, 1, 3]
    assert read.cell_at(3) is None


@pytest.mark.parametrize(
    ("source", "python"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1\n"),
        ("if x:\n    !pip install torch\n", "if x:\n    pass\n"),
        ("files = !ls\n", "pass\n"),
        ("torch.nn.Linear?\n", "pass\n"),
        ("!pip install \\\n  torch\nx = 1\n", "pass\n  pass\nx = 1\n"),
        ("%%bash\nls\n", "\n\n"),
        ("%%time\nx = 1\n", "pass\nx = 1\n"),
        ('text = """\n%not a magic\n"""\n', 'text = """\n%not a magic\n"""\n'),
        ("y = 7 % 2\n", "y = 7 % 2\n"),
        ("", ""),
    ],
)
def test_what_is_no_python_is_left_out_row_for_row(source: str, python: str) -> None:
    assert Notebook(notebook(source)).script == python


def test_format_3_has_its_cells_in_worksheets() -> None:
    sheet = {"cells": [{"cell_type": "code", "input": ["x = 1"], "language": "python"}]}
    data = json.dumps({"worksheets": [sheet], "nbformat": 3}).encode()
    assert Notebook(data).script == "x = 1\n"


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("indent", [1, 4, None])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_other_bytes_stay_as_they_are(ascii_only: bool, indent: int | None, mark: bytes) -> None:
    cells = [
        {"cell_type": "code", "source": ["name = 'é'\n", "x = 1\n", "y = 2"], "outputs": [{"text": "漢"}]},
        {"cell_type": "code", "source": "z = 3\n"},
    ]
    whole = json.dumps({"cells": cells, "nbformat": 4}, indent=indent, ensure_ascii=ascii_only)
    data = mark + whole.encode()
    changed = Notebook(data).rewritten({1: "name = 'é'\nx = 10\ny = 2", 2: "z = 30\n"})
    assert changed == data.replace(b"x = 1\\n", b"x = 10\\n").replace(b"z = 3\\n", b"z = 30\\n")
    assert Notebook(data).rewritten({1: "name = 'é'\nx = 1\ny = 2"}) == data


def test_a_new_line_stands_like_the_others() -> None:
    data = notebook("x = 1\ny = 2", "z = 3")
    assert Notebook(data).rewritten({1: "x = 1\nx += 1\ny = 2"}) == notebook("x = 1\nx += 1\ny = 2", "z = 3")


WHOLE = notebook("import torch\nx = 1")


@pytest.mark.parametrize(
    "data",
    [WHOLE[:length] for length in range(0, len(WHOLE) - 1, 7)]
    + [b"[]", b"{}", b'{"cells": 1}', b'{"cells": [1]}', b"\xff", b"[" * 100_000, b'{"cells": [{"cell_type": 1}]}'],
    ids=len,
)
def test_a_broken_notebook_is_named(data: bytes) -> None:
    if data == b'{"cells": [{"cell_type": 1}]}':
        assert Notebook(data).script == ""
        return
    with pytest.raises(UnreadableText, match="notebook"):
        Notebook(data)
