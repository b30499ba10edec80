"""What the user's text says is read by its grammar: nothing hangs on what people call things."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from torchlint import live
from torchlint.facts.answer import Yes
from torchlint.facts.layer import LooseTensor, PlainContainer, UnusedLayer

# ruff: noqa: N805  (what its own object is called is what is tried out)


class OfSelf(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = torch.ones(3)
        self.layers = []
        self.layers.append(nn.Linear(4, 4))
        self.spare = nn.Linear(4, 4)
        self.head = nn.Linear(4, 3)
        self.shift()

    def shift(self) -> None:
        self.offset = torch.zeros(3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.layers[0](x)) * self.scale + self.offset


class OfAnother(nn.Module):
    def __init__(s) -> None:
        super().__init__()
        s.scale = torch.ones(3)
        s.layers = []
        s.layers.append(nn.Linear(4, 4))
        s.spare = nn.Linear(4, 4)
        s.head = nn.Linear(4, 3)
        s.shift()

    def shift(me) -> None:
        me.offset = torch.zeros(3)

    def forward(s, x: torch.Tensor) -> torch.Tensor:
        return s.head(s.layers[0](x)) * s.scale + s.offset


@pytest.fixture(scope="module", params=[OfSelf, OfAnother])
def trained(request: pytest.FixtureRequest) -> Iterator[tuple[int, live.Watch]]:
    """The first line of a model's class, and the watch under which the model was trained."""
    with live.watch(every=1) as watch:
        model = request.param()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(5):
            optimizer.zero_grad()
            F.cross_entropy(model(torch.randn(5, 4)), torch.randint(0, 3, (5,))).backward()
            optimizer.step()
    assert watch.recorder.problems == []
    yield inspect.getsourcelines(request.param)[1], watch


def test_what_a_class_puts_on_itself_is_found_whatever_it_calls_itself(trained: tuple[int, live.Watch]) -> None:
    first, watch = trained
    found = {
        (type(fact), fact.attribute): fact.site.line - first
        for fact in watch.facts
        if isinstance(fact, (LooseTensor, PlainContainer))
    }
    assert found == {(LooseTensor, "scale"): 3, (LooseTensor, "offset"): 11, (PlainContainer, "layers"): 5}


def test_a_layer_that_nothing_uses_is_found_too(trained: tuple[int, live.Watch]) -> None:
    first, watch = trained
    # Its name stands nowhere here: a string may be how a layer is asked for.
    assert [fact.site.line - first for fact in watch.facts if isinstance(fact, UnusedLayer)] == [6]


def test_a_constructor_is_followed_into_the_methods_it_calls(trained: tuple[int, live.Watch]) -> None:
    _, watch = trained
    constructed = {fact.attribute: fact.constructed for fact in watch.facts if isinstance(fact, LooseTensor)}
    assert constructed == {"scale": Yes, "offset": Yes}
