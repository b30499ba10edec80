"""Every operator plants a bug that compiles and is found, in a script that is healthy without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from torchlint.rule import load_rules

from .edits import Edit, Script
from .operators import OPERATORS
from .plant import Repository, plant

HEALTHY = """
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler
from torchvision import datasets, transforms


class Net(nn.Module):
    def __init__(self, depth=3):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(784))
        self.blocks = nn.ModuleList([nn.Linear(784, 784) for _ in range(depth)])
        self.first = nn.Linear(784, 784)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(784, 10)

    def forward(self, x):
        x = x.flatten(1) * self.scale
        x = self.first(x)
        for block in self.blocks:
            x = F.dropout(F.relu(block(x)), 0.2, training=self.training)
        x = self.dropout(x)
        return self.head(x)


def train(model, loader, optimizer, scaler, criterion, accumulation=4):
    model.train()
    total = 0.0
    for step, (images, labels) in enumerate(loader):
        output = model(images)
        loss = criterion(output, labels)
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad()
        total += loss.item()
    return total


def test(model, loader):
    model.eval()
    correct = 0
    with torch.no_grad():
        for images, labels in loader:
            correct += (model(images).argmax(1) == labels).sum().item()
    return correct


train_transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
test_transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
train_set = datasets.MNIST("data", train=True, transform=train_transform)
test_set = datasets.MNIST("data", train=False, transform=test_transform)
train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
test_loader = DataLoader(test_set, batch_size=64)
model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cuda")
criterion = nn.CrossEntropyLoss()
for epoch in range(5):
    train(model, train_loader, optimizer, scaler, criterion)
    print(test(model, test_loader))
"""
PLAIN = """
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler
from torchvision import datasets, transforms

model = nn.Sequential(nn.Flatten(), nn.Linear(784, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 10))
transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
train_set = datasets.MNIST("data", transform=transform)
sampler = DistributedSampler(train_set)
loader = DataLoader(train_set, batch_size=64, sampler=sampler)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
accumulation = 4
for epoch in range(5):
    sampler.set_epoch(epoch)
    for step, (images, labels) in enumerate(loader):
        output = model(images)
        loss = F.nll_loss(F.log_softmax(output, dim=1), labels)
        loss = loss / accumulation
        loss.backward()
        if step % accumulation == accumulation - 1:
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
"""

SCALED = """
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 3))
loader = DataLoader(TensorDataset(torch.randn(64, 8), torch.randint(0, 3, (64,))), batch_size=8, shuffle=True)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cuda")
for inputs, labels in loader:
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(inputs), labels)
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
"""
SIMPLE = """
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 3))
loader = DataLoader(TensorDataset(torch.randn(64, 8), torch.randint(0, 3, (64,))), batch_size=8, shuffle=True)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for inputs, labels in loader:
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(inputs), labels)
    loss.backward()
    optimizer.step()
"""
SCRIPTS = {"train.py": HEALTHY, "plain.py": PLAIN, "scaled.py": SCALED, "simple.py": SIMPLE}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[bool]]:
    """Whether each bug of an operator was found, by its name."""
    folder = tmp_path_factory.mktemp("healthy")
    for name, text in SCRIPTS.items():
        (folder / name).write_text(text)
    outcomes: dict[str, list[bool]] = {}
    for each in plant(Repository(folder, load_rules()), set()):
        outcomes.setdefault(each.operator, []).append(each.found)
    return outcomes


@pytest.mark.parametrize("operator", [each.__name__ for operators in OPERATORS.values() for each in operators])
def test_what_an_operator_plants_is_found(planted: dict[str, list[bool]], operator: str) -> None:
    assert any(planted.get(operator, []))


def test_edits_count_characters_and_leave_all_other_text() -> None:
    script = Script('name = "é"; step()\nrest = 1  # as it was\n')
    call = script.tree.body[1]
    assert script.edited((script.replaced(call, "pass"),)) == 'name = "é"; pass\nrest = 1  # as it was\n'
    assert script.edited((Edit(0, 4, "label"), script.before(script.tree.body[2], "pause()"))) == (
        'label = "é"; step()\npause()\nrest = 1  # as it was\n'
    )


def test_rules_of_operators_exist() -> None:
    assert OPERATORS.keys() <= load_rules().keys()


def test_places_are_told_relative_to_the_repository(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(HEALTHY)
    assert {each.path for each in plant(Repository(tmp_path, load_rules()), {"TL401"})} == {"train.py"}
