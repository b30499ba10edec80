"""What is advised depends on what the code around is for: advice that would break a training step is none."""

from __future__ import annotations

from torchlint.judge import judge
from torchlint.rule import load_rules
from torchlint.source.lint import examine

IMPORTS = """
import torch
from torch import nn
from torch.autograd import Variable
from torch.utils.data import DataLoader, TensorDataset
"""
STEP = """
def learn(net, optimizer, x, y):
    goal = Variable(y, volatile=True)
    optimizer.zero_grad()
    nn.functional.mse_loss(net(x), goal).backward()
    optimizer.step()


def main(net, optimizer):
    for x, y in DataLoader(TensorDataset(torch.randn(9, 2), torch.randn(9, 1)), shuffle=True):
        {body}
"""
NESTED = """
def main(net, optimizer, train_loader, val_loader):
    for x, y in train_loader:
        optimizer.zero_grad()
        nn.functional.mse_loss(net(x), y).backward()
        optimizer.step()
        net.eval()
        for x, y in val_loader:
            print(net(Variable(x, volatile=True)))
        net.train()
"""


def advice(code: str, text: str) -> list[str]:
    """What the findings of a rule say to write instead."""
    facts = examine(["train.py"], jobs=1, given={"train.py": (IMPORTS + text).encode()}).facts
    return [each.instead for each in judge(facts, load_rules().values()) if each.code == code]


def test_volatile_in_a_training_step() -> None:
    (instead,) = advice("TL601", STEP.format(body="learn(net, optimizer, x, y)"))
    assert "no_grad" not in instead
    (uncalled,) = advice("TL601", STEP.format(body="pass"))
    assert "no_grad" not in uncalled


def test_volatile_in_an_evaluation() -> None:
    (instead,) = advice("TL601", NESTED)
    assert "no_grad" in instead
    (alone,) = advice("TL601", "def predict(net, x):\n    return net(Variable(x, volatile=True))")
    assert "no_grad" in alone


LOADERS = """
def make(rows):
    return DataLoader(rows, batch_size=4)


def main(net, optimizer, train_rows, test_rows):
    train_loader{more} = make(train_rows){call}
    for x, y in train_loader:
        optimizer.zero_grad()
        nn.functional.mse_loss(net(x), y).backward()
        optimizer.step()
    for x, y in {measured}:
        print(net(x).sum().item())
"""


def test_a_call_that_builds_loaders_for_training_and_for_evaluation() -> None:
    both = LOADERS.format(more=", test_loader", call=", make(test_rows)", measured="test_loader")
    (instead,) = advice("TL401", both)
    assert "for training alone" in instead
    (measured,) = advice("TL401", LOADERS.format(more="", call="", measured="train_loader"))
    assert "for training alone" not in measured
