"""A model that nothing changes, beside one that learns from it: a teacher that was left in training mode."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from torchlint import live

pytestmark = pytest.mark.slow

Prepare = Callable[[nn.Module, nn.Module], None]
"""What is done with the student and the teacher, once before training or after each step."""


def network(layer: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Linear(4, 8), layer, nn.ReLU(), nn.Linear(8, 3))


def nothing(student: nn.Module, teacher: nn.Module) -> None:
    pass


def freeze(student: nn.Module, teacher: nn.Module) -> None:
    teacher.requires_grad_(False)


def evaluate(student: nn.Module, teacher: nn.Module) -> None:
    teacher.eval()


def copy_after_a_while(student: nn.Module, teacher: nn.Module) -> None:
    if torch.rand(()) < 0.1:
        teacher.load_state_dict(student.state_dict())


def average(student: nn.Module, teacher: nn.Module) -> None:
    for kept, new in zip(teacher.parameters(), student.parameters(), strict=True):
        kept.data.mul_(0.9).add_(new.data, alpha=0.1)


def distilled(layer: nn.Module, first: Prepare, each: Prepare) -> list[str]:
    torch.manual_seed(0)
    student = network(layer)
    teacher = copy.deepcopy(student)
    inputs = torch.randn(64, 4)
    loader = DataLoader(TensorDataset(inputs, inputs[:, :3].argmax(1)), batch_size=8, shuffle=True)
    with live.watch(select=["TL3"]) as watch:
        optimizer = torch.optim.SGD(student.parameters(), lr=0.1)
        first(student, teacher)
        for _ in range(3):
            for x, y in loader:
                with torch.no_grad():
                    soft: Tensor = teacher(x).softmax(-1)
                scores = student(x)
                loss = F.cross_entropy(scores, y) + F.cross_entropy(scores, soft)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                each(student, teacher)
    assert watch.recorder.problems == []
    return sorted(each.code for each in watch.findings)


@pytest.mark.parametrize(
    ("layer", "first", "codes"),
    [
        (nn.Dropout(0.1), nothing, ["TL301"]),
        (nn.Dropout(0.1), freeze, ["TL301"]),
        (nn.BatchNorm1d(8), nothing, ["TL301"]),
        (nn.BatchNorm1d(8), freeze, ["TL307"]),
    ],
)
def test_a_teacher_in_training_mode(layer: nn.Module, first: Prepare, codes: list[str]) -> None:
    assert distilled(layer, first, nothing) == codes


@pytest.mark.parametrize(
    ("layer", "first", "each"),
    [
        (nn.Dropout(0.1), evaluate, nothing),
        (nn.Identity(), nothing, nothing),
        (nn.Dropout(0.1), nothing, copy_after_a_while),
        (nn.Dropout(0.1), nothing, average),
        (nn.BatchNorm1d(8), freeze, average),
    ],
)
def test_a_teacher_that_does_not_depend_on_its_mode_or_follows_the_student(
    layer: nn.Module, first: Prepare, each: Prepare
) -> None:
    assert distilled(layer, first, each) == []
