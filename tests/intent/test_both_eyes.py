"""Both eyes ask the same questions about one script, observe the same around each place, and get one answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

from torchlint import live
from torchlint.intent import cuts, evaluation, experiments, held_out, hiding, loader_use, sanity_checks, sharing
from torchlint.intent.place import Place
from torchlint.source.lint import examine

Seen = list[tuple[object, object]]

HEAD = """\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

data = TensorDataset(torch.randn(24, 4), torch.randn(24, 1))

class Net(nn.Module):
    def __init__(self, share_layers=False):
        super().__init__()
        self.stem = nn.Linear(4, 8)
        self.head = nn.Linear(8, 1)
    def forward(self, x):
        return self.head(self.stem(x))

model = Net()
"""
TRAIN = """
def train(model, loader, optimizer):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
"""

DRAWN_UNDER_A_FLAG = """
def fit(model, loader, debug):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    if debug:
        x, y = next(iter(loader))
        for step in range(4):
            optimizer.zero_grad()
            nn.functional.mse_loss(model(x), y).backward()
            optimizer.step()
fit(model, DataLoader(data, batch_size=8, shuffle=True), True)
"""
TRAINED_BY_A_CHECK = """
def overfit(model, batch):
    x, y = batch
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(4):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
def main(loader):
    batch = next(iter(loader))
    overfit(model, batch)
main(DataLoader(data, batch_size=8, shuffle=True))
"""
REBUILT = """
loader = DataLoader(data, batch_size=8, shuffle=True)
for epoch in range(3):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    train(model, loader, optimizer)
"""
REBUILT_FOR_EACH_OF_A_LIST = """
loader = DataLoader(data, batch_size=8, shuffle=True)
for momentum in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=momentum)
    train(model, loader, optimizer)
"""
CUT = """
class Cut(Net):
    def forward(self, x):
        {name} = self.stem(x).detach()
        return self.head({name})
def {caller}(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in DataLoader(data, batch_size=8, shuffle=True):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
{caller}(Cut())
"""
REPEATED = """
class Deep(Net):
    def __init__(self, depth=3{parameter}):
        super().__init__()
        self.stem = nn.Linear(4, 8)
        tied_count = 3
        block = nn.Linear(8, 8)
        self.blocks = nn.ModuleList([block for _ in range(depth)])
    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)
net = Deep()
train(net, DataLoader(data, batch_size=8, shuffle=True), torch.optim.SGD(net.parameters(), lr=0.1))
"""
HIDDEN = """
class Student(Net):
    def __init__(self, teacher):
        super().__init__()
        self.teacher = [teacher]
    def forward(self, x):
        return super().forward(x) + self.teacher[0](x)
teacher = Net()
{freeze}
net = Student(teacher)
train(net, DataLoader(data, batch_size=8, shuffle=True), torch.optim.SGD(net.parameters(), lr=0.1))
"""
FROZEN = """
class Student(Net):
    def __init__(self, first, second):
        super().__init__()
        self.teachers = [first, second]
    def forward(self, x):
        return super().forward(x) + self.teachers[0](x) + self.teachers[1](x)
first, second = Net().requires_grad_({grad}), Net().requires_grad_({grad})
net = Student(first, second)
train(net, DataLoader(data, batch_size=8, shuffle=True), torch.optim.SGD(net.parameters(), lr=0.1))
"""
HELD_OUT = """
def {function}(model, loader):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x, y in loader:
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), y).backward()
        optimizer.step()
{dataset} = data
val_loader = DataLoader({dataset}, batch_size=8)
{function}(model, val_loader)
"""
MEASURED = """
def {function}(model, loader):
    total = 0.0
    for x, y in loader:
        total += nn.functional.mse_loss(model(x), y).item()
    return total
{loader} = DataLoader(data, batch_size=8{order})
{function}(model, {loader})
"""


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Seen, Seen]]:
    """What each eye asks one question about a script, with the answers."""

    def look(question: Callable[..., object], text: str) -> tuple[Seen, Seen]:
        file = tmp_path / "train.py"
        file.write_text(HEAD + (TRAIN if "train(" in text else "") + text)
        source, alive = spied("source", question, monkeypatch), spied("live", question, monkeypatch)
        problems = examine([str(file)], jobs=1).problems
        assert problems == []
        with live.watch(select=["ALL"]) as watch:
            exec(compile(file.read_text(), str(file), "exec", dont_inherit=True), {"__name__": "__main__"})
        list(watch.findings)  # Facts are made when they are asked for.
        assert watch.recorder.problems == []
        return source, alive

    return look


def spied(eye: str, question: Callable[..., object], monkeypatch: pytest.MonkeyPatch) -> Seen:
    """What an eye asks from here on, with the answers that it gets."""
    seen: Seen = []

    def ask(observation: object) -> object:
        answer = question(observation)
        seen.append((observation, answer))
        return answer

    package = import_module(f"torchlint.{eye}")
    rooms = [import_module(each.name) for each in walk_packages(package.__path__, f"{package.__name__}.")]
    asking = [module for module in rooms if getattr(module, question.__name__, None) is question]
    assert asking, f"the {eye} eye never asks {question.__name__}"
    for module in asking:
        monkeypatch.setattr(module, question.__name__, ask)
    return seen


CASES = {
    "drawn under a flag": (sanity_checks.is_sanity_check, DRAWN_UNDER_A_FLAG, "YES"),
    "trained by a check": (sanity_checks.is_sanity_check, TRAINED_BY_A_CHECK, "YES"),
    "drawn and trained": (sanity_checks.is_sanity_check, TRAINED_BY_A_CHECK.replace("overfit", "fit"), "NO"),
    "rebuilt": (experiments.rebuilds_on_purpose, REBUILT, "NO"),
    "rebuilt for folds": (experiments.rebuilds_on_purpose, REBUILT.replace("epoch", "fold"), "YES"),
    "rebuilt for a list": (experiments.rebuilds_on_purpose, REBUILT_FOR_EACH_OF_A_LIST, "YES"),
    "cut": (cuts.cuts_on_purpose, CUT.format(name="x", caller="fit"), "NO"),
    "cut for a target": (cuts.cuts_on_purpose, CUT.format(name="target", caller="fit"), "YES"),
    "cut in what trains a teacher": (cuts.cuts_on_purpose, CUT.format(name="x", caller="fit_teacher"), "NO"),
    "repeated": (sharing.shares_on_purpose, REPEATED.format(parameter=""), "NO"),
    "repeated by parameter": (sharing.shares_on_purpose, REPEATED.format(parameter=", share=True"), "YES"),
    "hidden": (hiding.hides_on_purpose, HIDDEN.format(freeze=""), "UNKNOWN"),
    "hidden and frozen": (hiding.hides_on_purpose, HIDDEN.format(freeze="teacher.eval()"), "UNKNOWN"),
    "two that learn": (hiding.hides_on_purpose, FROZEN.format(grad=True), "NO"),
    "two that are frozen": (hiding.hides_on_purpose, FROZEN.format(grad=False), "UNKNOWN"),
    "trained on held-out data": (held_out.trains_on_held_out, HELD_OUT.format(function="fit", dataset="held"), "YES"),
    "adapted to it": (held_out.trains_on_held_out, HELD_OUT.format(function="adapt", dataset="held"), "UNKNOWN"),
    "a calibration set": (
        held_out.trains_on_held_out,
        HELD_OUT.format(function="fit", dataset="calibration_set"),
        "UNKNOWN",
    ),
    "evaluated": (evaluation.evaluates, MEASURED.format(function="evaluate", loader="loader", order=""), "YES"),
    "measured": (evaluation.evaluates, MEASURED.format(function="run", loader="loader", order=""), "UNKNOWN"),
    "training data measured": (
        loader_use.is_for_training,
        MEASURED.format(function="run", loader="train_loader", order=""),
        "UNKNOWN",
    ),
    "features collected": (
        loader_use.is_for_evaluation,
        MEASURED.format(function="run", loader="loader", order=", shuffle=True"),
        "UNKNOWN",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_both_eyes_get_one_answer(case: str, watched: Callable[..., tuple[Seen, Seen]]) -> None:
    question, text, answer = CASES[case]
    for seen in watched(question, text):
        assert {getattr(each, "name", each) for _, each in seen} == {answer}, seen


@pytest.mark.slow
@pytest.mark.parametrize("text", [DRAWN_UNDER_A_FLAG, TRAINED_BY_A_CHECK], ids=["under a flag", "handed on"])
def test_both_eyes_see_one_place(text: str, watched: Callable[..., tuple[Seen, Seen]]) -> None:
    """The functions with their files and parameters, the names in the conditions, and the loops."""
    source, alive = watched(sanity_checks.is_sanity_check, text)
    (drawn,), (seen,) = [[each for each, _ in eye] for eye in (source, alive)]
    assert isinstance(drawn, sanity_checks.DrawnBatch) and isinstance(seen, sanity_checks.DrawnBatch)
    assert of_script(drawn.place) == of_script(seen.place) != Place()
    assert drawn.names == seen.names
    assert of_script(drawn.trained_in).functions == of_script(seen.trained_in).functions


def of_script(place: Place) -> Place:
    """A place without the functions of this test, which call the script."""
    return replace(place, functions=tuple(each for each in place.functions if each.file != __file__))
