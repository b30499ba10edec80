"""Numbers that are wrong in a plain training loop, and the same loop put right."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.utils.data import DataLoader, TensorDataset

from torchlint import live


@pytest.fixture(autouse=True)
def seeded() -> Iterator[None]:
    torch.set_num_threads(1)  # The models are tiny.
    torch.manual_seed(0)
    yield


def codes(model: nn.Module, x: Tensor, y: Tensor, select: str, every: int = 1, clip: bool = False) -> list[str]:
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-6)
    with live.watch(every=every, select=[select]) as watch:
        for inputs, targets in DataLoader(TensorDataset(x, y), batch_size=16, shuffle=False):
            optimizer.zero_grad()
            F.mse_loss(model(inputs), targets).backward()
            if clip:
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
    assert watch.recorder.problems == []
    return [each.code for each in watch.findings]


def image_batches(count: int = 64) -> Tensor:
    """Smooth pictures between 0 and 1, as ToTensor gives them."""
    coarse = torch.rand(count, 3, 4, 4)
    return F.interpolate(coarse, size=(16, 16), mode="bilinear")


class Network(nn.Module):
    def __init__(self, normalise: bool = False) -> None:
        super().__init__()
        self.normalise = normalise
        self.layers = nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers((x - 0.5) / 0.25 if self.normalise else x)


def test_images_that_nothing_normalises() -> None:
    assert codes(Network(), image_batches(), torch.randn(64, 1), "TL403") == ["TL403"]


def test_images_normalised_in_the_model() -> None:
    assert codes(Network(normalise=True), image_batches(), torch.randn(64, 1), "TL403") == []


def test_noise_in_place_of_images_is_no_image() -> None:
    assert codes(Network(), torch.rand(64, 3, 16, 16), torch.randn(64, 1), "TL403") == []


def test_pixels_up_to_255() -> None:
    assert codes(Network(), 255 * torch.rand(64, 3, 16, 16), torch.randn(64, 1), "TL403") == ["TL403"]


def table() -> Tensor:
    """Age, income, and whether someone owns a house."""
    columns = [torch.randn(64) * 0.01, torch.randn(64) * 40, torch.randint(0, 2, (64,)).float()]
    return torch.stack(columns, dim=1)


def test_columns_on_wildly_different_scales() -> None:
    assert codes(nn.Linear(3, 1), table(), torch.randn(64, 1), "TL403") == ["TL403"]


def test_a_model_that_begins_with_a_normalisation() -> None:
    assert codes(nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 1)), table(), torch.randn(64, 1), "TL403") == []


def test_tokens_are_no_features() -> None:
    model = nn.Sequential(nn.Embedding(5000, 4), nn.Flatten(), nn.Linear(12, 1))
    assert codes(model, torch.randint(0, 5000, (64, 3)), torch.randn(64, 1), "TL403") == []


def test_an_input_that_is_the_target() -> None:
    x = image_batches().mean((2, 3)) * 100
    assert codes(nn.Linear(3, 3), x, x, "TL403") == []


def spiking() -> tuple[Tensor, Tensor]:
    x, y = torch.randn(256, 8), torch.randn(256, 1)
    y[100] = 1e5
    return x, y


@pytest.mark.parametrize(("clip", "found"), [(False, ["TL202"]), (True, [])])
def test_a_gradient_that_spikes_and_is_not_clipped(clip: bool, found: list[str]) -> None:
    assert codes(nn.Linear(8, 1), *spiking(), "TL202", clip=clip) == found


def test_gradients_without_a_spike() -> None:
    assert codes(nn.Linear(8, 1), torch.randn(256, 8), torch.randn(256, 1), "TL202") == []


def test_the_numbers_are_the_evidence() -> None:
    x = torch.randn(64, 8)
    x[20, 0] = float("nan")
    optimizer = torch.optim.SGD((model := nn.Linear(8, 1)).parameters(), lr=1e-3)
    with live.watch(every=1) as watch:
        for inputs in x.split(16):
            F.mse_loss(model(inputs), torch.zeros(len(inputs), 1)).backward()
            optimizer.step()
            optimizer.zero_grad()
    (finding,) = [each for each in watch.findings if each.code == "TL706"]
    assert finding.evidence is not None
    assert finding.evidence.step == 2


def test_nan_late_in_a_run_is_found_in_the_batch_between_samples() -> None:
    x, y = torch.randn(256, 8), torch.randn(256, 1)
    x[200, 2] = float("inf")
    assert codes(nn.Linear(8, 1), x, y, "TL706", every=1000) == ["TL706"]


def test_nothing_of_the_user_is_kept_alive() -> None:
    """Not by a watch that goes on: neither tensors nor models nor optimizers."""
    from gc import collect
    from weakref import ref

    with live.watch(every=1):
        model, x = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 1)), torch.randn(16, 8)
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
        for _ in range(3):
            F.mse_loss(model(x), torch.randn(16, 1)).backward()
            optimizer.step()
        references = [ref(model), ref(x), ref(optimizer), ref(model[0].weight)]
        del model, x, optimizer
        collect()
        assert [each() for each in references] == [None] * 4


def stale(model: nn.Module, held: list[Tensor], steps: int = 4) -> list[str]:
    optimizer = torch.optim.SGD(held, lr=1e-3)
    with live.watch(every=1, select=["TL211"]) as watch:
        for _ in range(steps):
            model.zero_grad()
            F.mse_loss(model(torch.randn(16, 8)), torch.randn(16, 1)).backward()
            optimizer.step()
    return [each.code for each in watch.findings]


def two_layers() -> nn.Sequential:
    return nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 1))


def test_a_head_that_was_replaced_after_the_optimizer_was_built() -> None:
    model = two_layers()
    held = list(model.parameters())
    model[2] = nn.Linear(64, 1)
    assert stale(model, held) == ["TL211"]


class Beside(nn.Module):
    """A part with parameters of its own, beside the model that learns."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * x


@pytest.mark.parametrize(("loaded", "codes"), [(False, ["TL211"]), (True, [])])
def test_a_part_beside_the_model_that_no_optimizer_holds(loaded: bool, codes: list[str]) -> None:
    with live.watch(every=1, select=["TL211"]) as watch:
        model, beside = two_layers(), Beside()
        if loaded:
            beside.load_state_dict(Beside().state_dict())
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
        for _ in range(4):
            optimizer.zero_grad()
            F.mse_loss(beside(model(torch.randn(16, 8))), torch.randn(16, 1)).backward()
            optimizer.step()
    assert [each.code for each in watch.findings] == codes


def test_a_model_that_was_built_anew() -> None:
    assert "TL211" in stale(two_layers(), list(two_layers().parameters()))


def test_a_backbone_that_is_left_out() -> None:
    model = two_layers()
    assert stale(model, list(model[2].parameters())) == []


def test_an_optimizer_of_all() -> None:
    model = two_layers()
    assert stale(model, list(model.parameters())) == []
