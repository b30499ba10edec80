"""What a name suggests is the last resort: it never accuses a training loop whose real objects are known."""

from __future__ import annotations

import pytest

from torchlint.finding import Severity
from torchlint.judge import judge
from torchlint.rule import load_rules
from torchlint.source.lint import examine

LOOP = """
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from elsewhere import make


def train(train_set):
    opt, scaler, net, scheduler, criterion, policy = make()
    model = nn.Sequential(nn.Linear(3, 8), nn.Dropout(), nn.Linear(8, 2))
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    train_loader = DataLoader(train_set, shuffle=True)
    for epoch in range(3):
        model.train()
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
"""
DECOYS = (
    "opt.step(x)",
    "opt.step()",
    "opt.update(x)",
    "scaler.update(x)",
    "x = scaler.scale(x)",
    "scaler.unscale_(x)",
    "net.train()",
    "net.eval()",
    "net.clip_grad_norm_(1.0)",
    "net(x)",
    "policy.update(x)",
    "policy.step(x)",
    "scheduler.step()",
    "criterion.step(x)",
)
"""Calls of what is only called as though it took part."""
LINES = LOOP.splitlines()
INSIDE = range(next(n for n, line in enumerate(LINES) if "zero_grad" in line), len(LINES) + 1)


def errors_in(text: str) -> list[str]:
    """The errors that are found in a script, by their codes."""
    rules = list(load_rules().values())
    facts = examine(["train.py"], jobs=1, given={"train.py": text.encode()}).facts
    return [each.code for each in judge(facts, rules) if each.severity is Severity.ERROR]


@pytest.mark.parametrize("decoy", DECOYS)
def test_a_loop_of_known_objects_is_not_accused_for_what_a_name_suggests(decoy: str) -> None:
    for position in INSIDE:
        text = "\n".join([*LINES[:position], f"            {decoy}", *LINES[position:]])
        assert errors_in(text) == [], text


def test_where_no_object_is_known_the_names_are_all_there_is() -> None:
    text = LOOP.replace("optimizer = torch.optim.SGD(model.parameters(), 0.1)", "optimizer = opt")
    assert errors_in(text) == []
    assert errors_in(text.replace("            loss.backward()\n", "")) == ["TL206"]
    assert errors_in(text.replace("            optimizer.zero_grad()\n", "")) == ["TL204"]
