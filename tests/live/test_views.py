"""Views in a run that move a dimension, and those that only look as if they did."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from torchlint import live
from torchlint.facts.loss import MovedByView

PICTURES = torch.arange(2 * 5 * 8 * 4).reshape(2, 5, 8, 4)
ROWS = torch.arange(6 * 32 * 8).reshape(6, 32, 8)


def moved(*work: Callable[[], Tensor]) -> list[tuple[int, int]]:
    """Which dimensions are moved by the views that this work makes."""
    with live.watch() as watch:
        for each in work:
            each()
    assert watch.recorder.problems == []
    return [fact.moved for fact in watch.facts if isinstance(fact, MovedByView)]


def test_steps_and_samples_that_change_places() -> None:
    assert moved(lambda: ROWS.view(32, 6, 8)) == [(0, 1)]


def test_channels_that_are_put_last() -> None:
    assert moved(lambda: PICTURES.reshape(2, 8, 4, 5)) == [(1, 3)]
    assert moved(lambda: PICTURES[:, :3].reshape(-1, 3)) == [(1, 1)]


def test_columns_by_a_size_of_the_tensor() -> None:
    channels = PICTURES.shape[2]
    assert moved(lambda: PICTURES.view(-1, PICTURES.size(2))) == [(2, 1)]
    # Eight values on end may be anything else, and nothing says that these eight are the rows.
    assert moved(lambda: PICTURES.view(-1, channels * 1)) == []
    assert moved(lambda: PICTURES.view(-1, 8)) == []


def test_samples_that_are_put_behind_the_layers() -> None:
    joined = torch.arange(32 * 48).reshape(32, 48)
    assert moved(lambda: joined.view(2, joined.size(0), 24)) == [(0, 1)]
    assert moved(lambda: joined.view(1, joined.size(0), 48)) == []


def test_samples_that_are_put_first() -> None:
    steps, batch, _ = ROWS.shape
    assert moved(lambda: ROWS.view(ROWS.size(1), -1)) == [(1, 0)]
    assert moved(lambda: ROWS.view(ROWS.shape[0] * 1, -1)) == []
    assert batch > steps


@pytest.mark.parametrize(
    "harmless",
    [
        lambda: PICTURES.permute(0, 2, 3, 1).reshape(-1, 5),
        lambda: PICTURES.view(2, 5, -1),
        lambda: PICTURES.view(-1, PICTURES.size(3)),
        lambda: PICTURES.view(2, 5, 2, 4, 4),
        lambda: PICTURES.view(PICTURES.size(0) * PICTURES.size(1), -1),
        lambda: PICTURES[:, :1].reshape(2, 8, 4, 1),
        lambda: ROWS.view(6, 32, 2, 4),
        lambda: ROWS.view(6 * 32, 8),
        lambda: ROWS[0].reshape(8, 32),
        lambda: torch.zeros(6, 32, 8).view(32, 6, 8),
    ],
)
def test_no_dimension_is_moved(harmless: Callable[[], Tensor]) -> None:
    assert moved(harmless) == []


def test_heads_that_are_as_many_as_samples() -> None:
    batch, heads, steps, width = 8, 4, 10, 8
    states = torch.arange(batch * heads * steps * width).reshape(batch * heads, steps, width)
    assert moved(lambda: states.view(batch, heads, steps, width)) == []


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_the_state_of_a_recurrent_layer(kind: type[nn.RNNBase]) -> None:
    layer = kind(8, 16, num_layers=2, batch_first=True)

    def state(rows: Tensor) -> Tensor:
        _, last = layer(rows)
        return last if isinstance(last, Tensor) else last[0]

    rows = torch.randn(16, 5, 8)
    assert moved(lambda: state(rows).view(16, -1)) == [(1, 0)]
    assert moved(lambda: state(rows[:12]).view(12, 2, 16)) == [(0, 1)]
    assert moved(lambda: state(rows).view(2, 1, 16, 16)) == []
    assert moved(lambda: state(rows).view(-1, 16)) == []
    assert moved(lambda: state(rows).transpose(0, 1).reshape(16, -1)) == []


def test_a_view_that_a_library_makes() -> None:
    unfold = nn.Unflatten(0, (32, 6))
    assert moved(lambda: unfold(ROWS.reshape(6 * 32, 8))) == []
    assert moved(lambda: torch.func.vmap(lambda row: row.view(8, 32))(ROWS)) == []


def test_the_methods_are_put_back() -> None:
    before = torch.Tensor.view, torch.Tensor.reshape
    with live.watch():
        assert torch.Tensor.view is not before[0]
    assert (torch.Tensor.view, torch.Tensor.reshape) == before
    assert "view" not in vars(torch.Tensor)


def test_they_are_in_place_in_sampled_steps_alone() -> None:
    model = nn.Linear(4, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    wrapped = []
    with live.watch():
        for _ in range(40):
            optimizer.zero_grad()
            F.mse_loss(model(torch.ones(3, 4)), torch.zeros(3, 2)).backward()
            wrapped.append("view" in vars(torch.Tensor))
            optimizer.step()
    assert wrapped[0]
    assert not wrapped[-1]
