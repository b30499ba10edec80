"""How the order of events becomes iterations, where the loop is not the user's."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from torchlint.facts.event import Backward, Clear, Forward, LossComputed, Step
from torchlint.facts.run import TrainingIteration
from torchlint.live.watching import Watch

LIBRARY = """
def fit(model, optimizer, batches, every):
    for index, (x, y) in enumerate(batches):
        ((model(x) - y) ** 2).mean().backward()
        if (index + 1) % every == 0:
            optimizer.step()
            optimizer.zero_grad()

def loss(model, x, y):
    from torch.nn import functional
    return functional.mse_loss(model(x), y)
"""


def library(tmp_path: Path) -> dict[str, object]:
    """A library's functions: their file is no user's."""
    path = str(tmp_path / "site-packages" / "library.py")
    space: dict[str, object] = {}
    exec(compile(LIBRARY, path, "exec"), space)
    return space


def batches(count: int) -> list[tuple[Tensor, Tensor]]:
    return [(torch.randn(4, 3), torch.randn(4, 2)) for _ in range(count)]


def ways(watch: Watch) -> set[tuple[type, ...]]:
    kinds = (Forward, LossComputed, Backward, Step, Clear)
    iterations = [fact for fact in watch.facts if isinstance(fact, TrainingIteration)]
    assert len(iterations) == 1
    return {tuple(type(each) for each in way.events if isinstance(each, kinds)) for way in iterations[0].ways}


def test_a_loop_of_a_librarys_is_told_apart_by_its_steps(tmp_path: Path) -> None:
    model = nn.Linear(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    fit = library(tmp_path)["fit"]
    with Watch(every=1, select=("TL2",)) as watch:
        fit(model, optimizer, batches(12), 1)  # type: ignore[operator]
    assert ways(watch) == {(Forward, Backward, Step, Clear)}
    assert watch.findings == []


def test_what_a_library_accumulates_belongs_to_the_step_after_it(tmp_path: Path) -> None:
    model = nn.Linear(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    fit = library(tmp_path)["fit"]
    with Watch(every=1, select=("TL2",)) as watch:
        fit(model, optimizer, batches(12), 3)  # type: ignore[operator]
    assert ways(watch) == {(Forward, Backward, Forward, Backward, Step, Clear)}
    assert watch.findings == []


def test_a_line_that_runs_the_model_and_its_loss_is_one_part_of_an_iteration(tmp_path: Path) -> None:
    model = nn.Linear(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loss_of = library(tmp_path)["loss"]
    with Watch(every=1, select=("TL2",)) as watch:
        for x, y in batches(6):
            loss = loss_of(model, x, y)  # type: ignore[operator]
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    assert ways(watch) == {(Forward, LossComputed, Backward, Step, Clear)}
