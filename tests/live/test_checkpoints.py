"""Parts of a model that are run in checkpoints."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from torchlint import live

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


class Net(nn.Module):
    def __init__(self, embed: nn.Module, *, reentrant: bool) -> None:
        super().__init__()
        self.reentrant = reentrant
        self.embed = embed
        self.body = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8))
        self.head = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        hidden = checkpoint(self.body, self.embed(x), use_reentrant=self.reentrant)
        return self.head(hidden.relu() + 1)


def found_in(model: nn.Module) -> list[str]:
    with live.watch() as watch:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(12):
            loss = F.cross_entropy(model(torch.randn(16, 8)), torch.randint(0, 3, (16,)))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    assert watch.recorder.problems == []
    return [f"{each.code} {each.message}" for each in watch.findings]


def test_nothing_in_a_reentrant_checkpoint_learns_from_an_input_without_gradient() -> None:
    (found,) = found_in(Net(nn.Identity(), reentrant=True))
    assert found.startswith("TL707")
    assert "reentrant" in found
    assert "`body.0.bias`" in found


@pytest.mark.parametrize(("embed", "reentrant"), [(nn.Linear(8, 8), True), (nn.Identity(), False)])
def test_checkpoints_that_record_gradients(embed: nn.Module, reentrant: bool) -> None:
    assert found_in(Net(embed, reentrant=reentrant)) == []
