"""Notebooks from the command line: places by cell, comments in cells, fixes written back into the file."""

import json

import pytest

CELLS = [
    {"cell_type": "markdown", "metadata": {}, "source": ["# Train\n", "é"]},
    {
        "cell_type": "code",
        "metadata": {},
        "outputs": [],
        "source": [
            "%matplotlib inline\n",
            "import torch\n",
            "from torch import nn\n",
            "from torch.utils.data import DataLoader",
        ],
    },
    {
        "cell_type": "code",
        "metadata": {},
        "outputs": [{"name": "stdout", "text": ["done\n"]}],
        "source": ["data = torch.load('d.pt')\n", "loader = DataLoader(data, batch_size=4)"],
    },
    {
        "cell_type": "code",
        "metadata": {},
        "outputs": [],
        "source": [
            "!nvidia-smi\n",
            "model = nn.Linear(2, 2)\n",
            "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n",
            "for images, labels in loader:\n",
            "    nn.functional.cross_entropy(model(images), labels).backward()\n",
            "    optimizer.step()",
        ],
    },
]


@pytest.fixture
def notebook(tmp_path):
    file = tmp_path / "train.ipynb"
    file.write_text(json.dumps({"cells": CELLS, "nbformat": 4, "nbformat_minor": 5}, indent=1, ensure_ascii=False))
    return file


def test_findings_are_named_by_cell(notebook, run):
    done = run("train.ipynb", "--output-format", "concise", real=True)
    assert [line.partition(": ")[0] for line in done.stdout.splitlines()[:2]] == [
        "train.ipynb:cell 3:2:10",
        "train.ipynb:cell 4:5:5",
    ]
    assert done.returncode == 1
    whole = run(".", real=True).stdout
    assert "--> train.ipynb:cell 4:5:5" in whole
    assert "5 |     nn.functional.cross_entropy" in whole


@pytest.mark.parametrize("form", ["json", "sarif", "github", "gitlab", "junit", "jsonl"])
def test_every_format_names_the_cell(notebook, run, form):
    printed = run("train.ipynb", "--output-format", form, real=True).stdout
    if form in ("json", "jsonl"):
        first = json.loads(printed if form == "json" else f"[{printed.splitlines()[0]}]")[0]
        assert (first["cell"], first["location"]) == (3, {"row": 2, "column": 10})
    else:
        assert "cell 3" in printed


def test_fixes_are_written_into_the_cells(notebook, run):
    before = notebook.read_text()
    done = run("train.ipynb", "--fix", real=True)
    assert done.returncode == 0, done.stdout
    after = before.replace("batch_size=4)", "batch_size=4, shuffle=True)").replace(
        '"    nn.functional', '"    optimizer.zero_grad()\\n",\n    "    nn.functional'
    )
    assert notebook.read_text() == after
    assert run("train.ipynb", "--diff", real=True).stdout == ""


def test_comments_in_cells_silence(notebook, run):
    notebook.write_text(notebook.read_text().replace("batch_size=4)", "batch_size=4)  # torchlint: ignore[TL401]"))
    assert "TL401" not in run("train.ipynb", real=True).stdout
    run("train.ipynb", "--add-ignores", "known", real=True)
    assert run("train.ipynb", real=True).returncode == 0


def test_a_notebook_that_is_cut_short_is_named(notebook, run):
    notebook.write_bytes(notebook.read_bytes()[:400])
    done = run("train.ipynb", "--output-format", "concise", real=True)
    assert done.returncode == 1
    assert "TL902" in done.stdout
    assert "The file is no notebook" in done.stdout


def test_a_cell_that_does_not_parse_is_named(notebook, run):
    notebook.write_text(notebook.read_text().replace("model = nn.Linear(2, 2)", "model = nn.Linear(2, 2"))
    done = run("train.ipynb", "--output-format", "concise", real=True)
    assert "train.ipynb:cell 4:" in done.stdout
    assert "TL901" in done.stdout


def test_standard_input_may_be_a_notebook_that_says_so(notebook, run):
    text = notebook.read_text()
    done = run("-", "--stdin-filename", "other.ipynb", "--output-format", "concise", stdin=text, real=True)
    assert "other.ipynb:cell 3:2:10:" in done.stdout
    unnamed = run("-", stdin=text, real=True)
    assert unnamed.returncode == 2
    assert "--stdin-filename" in unnamed.stderr
