"""What is done for a person at a terminal: a bar, pages in its width, links, completion."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from torchlint.cli.main import main
from torchlint.cli.terminal import progress
from torchlint.cli.terminal.capabilities import use_links
from torchlint.cli.terminal.page import rendered
from torchlint.report.paint import Paint

from .conftest import LAUNCHER, PLAIN, Run

PAGE = """# clip-after-step (TL201)

## What it finds

Gradients that are clipped after
`optimizer.step()` has used them.

- one item of a list that is rather long
- another

```python
# no heading
loss.backward()

    optimizer.step()
```
"""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_page_is_wrapped_and_its_code_is_not() -> None:
    assert rendered(PAGE, 30, Paint(False)).splitlines() == [
        "clip-after-step (TL201)",
        "",
        "What it finds",
        "",
        "Gradients that are clipped",
        "after `optimizer.step()` has",
        "used them.",
        "",
        "- one item of a list that is",
        "  rather long",
        "- another",
        "",
        "    # no heading",
        "    loss.backward()",
        "",
        "        optimizer.step()",
        "",
    ]


def test_headings_and_code_are_coloured() -> None:
    text = rendered(PAGE, 80, Paint(True))
    assert "\x1b[1mWhat it finds\x1b[0m\n" in text
    assert "after \x1b[32moptimizer.step()\x1b[0m has" in text
    assert "    \x1b[32mloss.backward()\x1b[0m\n" in text


def test_a_page_in_a_pipe_is_markdown_unless_colours_are_forced(run: Run) -> None:
    plain = run("explain", "TL901", real=True).stdout
    assert plain.startswith("# unparsed-file (TL901)\n") and "```python\n" in plain
    coloured = run("explain", "TL901", real=True, FORCE_COLOR="1", COLUMNS="50").stdout
    assert "```" not in coloured and "\x1b[1mExample\x1b[0m\n" in coloured
    prose = [line for line in coloured.splitlines() if not line.startswith((" ", "http")) and "\x1b" not in line]
    assert 40 < max(map(len, prose)) <= 50


@pytest.mark.parametrize(
    ("environment", "shown"),
    [
        ({"VTE_VERSION": "6003"}, True),
        ({"VTE_VERSION": "4000"}, False),
        ({"TERM_PROGRAM": "vscode"}, True),
        ({"TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"TERM": "xterm-kitty"}, True),
        ({"WT_SESSION": "1"}, True),
        ({"WT_SESSION": "1", "FORCE_HYPERLINK": "0"}, False),
        ({"WT_SESSION": "1", "CI": "true"}, False),
        ({"WT_SESSION": "1", "TMUX": "/tmp/x"}, False),
        ({"FORCE_HYPERLINK": "1"}, True),
        ({}, False),
    ],
)
def test_links_are_for_terminals_that_are_known_to_show_them(environment: dict[str, str], shown: bool) -> None:
    assert use_links(environment, Terminal(), colours=True) is shown


def test_links_are_for_nothing_but_terminals() -> None:
    assert not use_links({"WT_SESSION": "1"}, io.StringIO(), colours=True)
    assert not use_links({"WT_SESSION": "1"}, Terminal(), colours=False)


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("form", ["full", "concise"])
def test_codes_lead_to_their_pages(run: Run, form: str) -> None:
    link = "\x1b]8;;https://example.org/clip\x1b\\error[TL201]\x1b]8;;\x1b\\"
    assert link in run("--output", form, FORCE_HYPERLINK="1").stdout
    assert "\x1b" not in run("--output", form).stdout


def test_a_bar_is_shown_after_a_moment_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    monkeypatch.setattr(progress, "width", lambda: 80)
    terminal = Terminal()
    bar = progress.Bar(terminal)
    bar(0.1)
    assert terminal.getvalue() == ""
    now = 1.5
    bar(0.5)
    bar(0.51)
    assert terminal.getvalue() == "\r\x1b[2Klinting [###############...............]  50%"
    now = 2.0
    bar(0.75)
    bar(1.0)
    assert terminal.getvalue().endswith(" 75%\r\x1b[2K")
    bar(1.0)
    assert terminal.getvalue().count("\x1b[2K") == 3


def test_a_narrow_terminal_does_not_break_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "width", lambda: 12)
    terminal = Terminal()
    progress.Bar(terminal)(0.5)
    assert terminal.getvalue() == "\r\x1b[2Klinting [##"


def test_there_is_a_bar_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for stream, quiet, shown in ((Terminal(), False, True), (Terminal(), True, False), (io.StringIO(), False, False)):
        monkeypatch.setattr(sys, "stderr", stream)
        assert isinstance(progress.progress_bar(quiet=quiet), progress.Bar) is shown


def test_the_work_is_told_to_the_bar(tmp_path: Path) -> None:
    from torchlint.cli.configuration import Configurations
    from torchlint.cli.discovery import discover
    from torchlint.cli.linting import Work, lint
    from torchlint.cli.rulebook import installed_rules
    from torchlint.selection import Selectors

    for number in range(3):
        (tmp_path / f"file{number}.py").write_text(
            "import torch\nclass Net(torch.nn.Module):\n  def forward(self): 1\n"
        )
    told: list[float] = []
    rules = installed_rules()
    configurations = Configurations(rules, isolated=True)
    lint(Work(discover([str(tmp_path)], configurations), configurations, Selectors(), rules, progress=told.append))
    assert told == sorted(told)
    assert told[0] == 0.0 and told[-1] == 1.0 and len(set(told)) > 6


def offered(words: list[str]) -> list[str]:
    """What a shell is offered for the last of the words."""
    completion = BashComplete(main, {}, "torchlint", "_TORCHLINT_COMPLETE")
    return [f"{item.type} {item.value}" for item in completion.get_completions(words[:-1], words[-1])]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("che", ["file che", "plain check"]),
        ("tra", ["file tra"]),
        ("--add", ["plain --add-ignores"]),
        ("x.py --add", ["plain --add-ignores"]),
        ("--select tl905", ["plain TL905"]),
        ("check --ignore TL2,missing-zero", ["plain TL2,missing-zero-grad"]),
        ("explain clip-a", ["plain clip-after-step"]),
        ("run --ov", ["plain --overfit-one-batch"]),
        ("run tra", ["file tra"]),
        ("baseline tra", ["file tra"]),
    ],
)
def test_words_are_completed(words: str, expected: list[str]) -> None:
    assert sorted(offered(words.split())) == sorted(expected)


def test_a_shell_is_answered(tmp_path: Path) -> None:
    environment = {"COMP_WORDS": "torchlint expl", "COMP_CWORD": "1", "_TORCHLINT_COMPLETE": "bash_complete"}
    command = [sys.executable, str(LAUNCHER)]
    done = subprocess.run(command, cwd=tmp_path, env=PLAIN | environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["file,expl", "plain,explain"]
