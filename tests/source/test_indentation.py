"""What Python reads and LibCST alone refuses is judged all the same, or named on its own line."""

from __future__ import annotations

import ast

import libcst
import pytest

from torchlint.judge import judge
from torchlint.problem import Problem
from torchlint.rule import load_rules
from torchlint.source import read as reading
from torchlint.source.indentation import reindented
from torchlint.source.lint import examine

TAB_AMONG_SPACES = "def f(x):\n        if x:\n    \t    x = 1\n    # tabs\n        return x\n"
TAB_AFTER_SPACES = "if x:\n\tif y:\n        \tz = 1\n\tw = 2\n"
LONG = 'def f(x):\n        if x:\n    \t    x = """a\n  \tb""" + g(\n\t1)\n    \t    y = 2\n        return x\n'

STEP = """
import torch
from torch import nn


def main(loader):
    net = nn.Linear(8, 1)
    optimizer = torch.optim.Adam(net.parameters())
    for epoch in range(9):
        for x, y in loader:
            loss = nn.functional.mse_loss(net(x), y)
            if epoch > 0:
            \t    loss = loss * 2
            loss.backward()
            optimizer.step()
"""


@pytest.mark.parametrize("text", [TAB_AMONG_SPACES, TAB_AFTER_SPACES, LONG, LONG.replace("\n", "\r\n")])
def test_indented_anew_it_is_the_same_program(text: str) -> None:
    with pytest.raises(libcst.ParserSyntaxError):
        libcst.parse_module(text)
    again = reindented(text)
    assert again is not None
    libcst.parse_module(again)
    assert [(type(node), getattr(node, "lineno", 0)) for node in ast.walk(ast.parse(text))] == [
        (type(node), getattr(node, "lineno", 0)) for node in ast.walk(ast.parse(again))
    ]
    assert ast.dump(ast.parse(again)) == ast.dump(ast.parse(text))


def test_what_python_refuses_is_not_indented_anew() -> None:
    assert reindented("if x:\n        y = 1\n\tz = 2\n    w = 3\n") is None


def test_a_tab_among_spaces_is_judged() -> None:
    facts = examine(["train.py"], jobs=1, given={"train.py": STEP.encode()}).facts
    assert [(each.code, each.site.line) for each in judge(facts, load_rules().values())] == [("TL204", 14)]


def test_what_cannot_be_indented_anew_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "reindented", lambda _: None)
    problem = reading.read("train.py", b"x = 1\n\n\n" + TAB_AMONG_SPACES.encode())
    assert isinstance(problem, Problem)
    assert (problem.code, problem.line) == ("TL904", 4)
