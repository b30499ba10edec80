"""In a running notebook: `%%torchlint` watches a cell, and places are named by cell."""

import pytest

from torchlint.live import watch

TRAINING = """
for step in range(4):
    loss = model(torch.randn(8, 4)).square().mean()
    loss.backward()
    optimizer.step()
"""


@pytest.fixture
def shell():
    interactive = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell
    shell = interactive.instance()
    shell.history_manager.enabled = False
    run(shell, "%load_ext torchlint")
    run(shell, "import torch\nmodel = torch.nn.Linear(4, 2)\noptimizer = torch.optim.SGD(model.parameters(), lr=0.1)")
    yield shell
    interactive.clear_instance()


def run(shell, cell):
    done = shell.run_cell(cell, store_history=True)
    done.raise_error()


def test_the_magic_watches_its_cell(shell, capsys):
    run(shell, "%%torchlint TL204" + TRAINING)
    printed = capsys.readouterr().out
    assert "error[TL204]" in printed
    assert "loss.backward()" in printed


def test_places_are_named_by_cell(shell, capsys):
    run(shell, "from torchlint import live\nwatching = live.watch(select=['TL204'])\nwatching.__enter__()")
    number = shell.execution_count
    run(shell, TRAINING)
    run(shell, "watching.__exit__(None, None, None)\nprint(watching.report())")
    assert f"--> In [{number}]:4:5" in capsys.readouterr().out


def test_a_watch_is_shown_as_its_report():
    with watch() as seen:
        pass
    assert seen._repr_html_() == "<pre>Nothing found.\n</pre>"
