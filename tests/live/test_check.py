"""`live.check` and `live.overfit_one_batch`: what they find, and that they leave everything as it was."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from torchlint import live

torch.manual_seed(0)
X, Y, LABELS = torch.randn(32, 8), torch.randn(32, 1), torch.randint(0, 10, (32,))


pytestmark = pytest.mark.filterwarnings("ignore:Using a target size")


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.set_num_threads(1)  # The models are tiny.
    torch.manual_seed(0)


class Detached(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Linear(8, 64)
        self.head = nn.Linear(64, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.relu(self.encoder(x)).detach())


class Constant(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(8, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x * 0)


class BatchSecond(nn.Module):
    """A recurrent layer that takes the first dimension for time, and gets samples there."""

    def __init__(self) -> None:
        super().__init__()
        self.recurrent = nn.GRU(8, 16)
        self.head = nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.recurrent(x)
        return self.head(states[:, -1])


class Mapped(nn.Module):
    """Takes its arguments by name and gives a dict."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(8, 10)

    def forward(self, features: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        return {"logits": self.layer(features)}


def perceptron(outputs: int = 1) -> nn.Module:
    return nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, outputs))


def codes(model: nn.Module, batch: Any, loss_fn: Callable[[Any, Any], Any], **options: Any) -> list[str]:
    return [each.code for each in live.check(model, batch, loss_fn, **options).findings]


def test_a_healthy_model_passes() -> None:
    model = perceptron(10)
    optimizer = torch.optim.Adam(model.parameters())
    found = live.check(model, (X, LABELS), F.cross_entropy, optimizer)
    assert (found.findings, found.notes) == ([], ())
    assert found.report() == "Nothing found.\n"


@pytest.mark.parametrize(
    ("model", "batch", "loss_fn", "code"),
    [
        (Detached, (X, Y), F.mse_loss, "TL707"),
        (Constant, (X, Y), F.mse_loss, "TL708"),
        (BatchSecond, (torch.randn(32, 5, 8), LABELS), F.cross_entropy, "TL709"),
    ],
)
def test_one_mistake_is_found_as_what_it_is(
    model: type[nn.Module], batch: Any, loss_fn: Callable[[Any, Any], Any], code: str
) -> None:
    assert codes(model(), batch, loss_fn) == [code]


class Listed(nn.Module):
    """Layers in a plain list, dropout that ignores the mode, and a scale that is no parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = [nn.Linear(8, 8) for _ in range(2)]
        self.scale = torch.ones(8, requires_grad=True)
        self.head = nn.Linear(8, 1)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return self.head(F.dropout(x * self.scale, 0.5))


def test_what_the_model_keeps_and_does_is_found_too() -> None:
    assert set(codes(Listed(), (X, Y), F.mse_loss)) == {"TL101", "TL102", "TL109"}


def test_shapes_that_are_broadcast() -> None:
    assert codes(perceptron(), (X, Y[:, 0]), F.mse_loss) == ["TL508"]


def test_an_optimizer_that_does_not_hold_the_model() -> None:
    optimizer = torch.optim.Adam(perceptron().parameters())
    assert set(codes(perceptron(), (X, Y), F.mse_loss, optimizer=optimizer)) == {"TL211"}


def test_the_place_is_where_the_layer_was_made() -> None:
    (finding,) = live.check(Detached(), (X, Y), F.mse_loss).findings
    assert finding.site.file == __file__
    assert "self.encoder = nn.Linear" in Path(__file__).read_text().splitlines()[finding.site.line - 1]


def test_a_loss_that_starts_high_is_found() -> None:
    model = perceptron(10)
    nn.init.normal_(model[2].weight, std=30.0)  # type: ignore[index, arg-type]
    assert codes(model, (X, LABELS), F.cross_entropy) == ["TL702"]


def test_everything_stays_as_it_was() -> None:
    model = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.Dropout(), nn.Linear(16, 1))
    model[1].eval()
    optimizer = torch.optim.Adam(model.parameters())
    F.mse_loss(model(X), Y).backward()
    optimizer.step()
    before = everything(model, optimizer)
    live.check(model, (X, Y), F.mse_loss, optimizer)
    live.overfit_one_batch(model, (X, Y), F.mse_loss, optimizer, steps=5)
    for one, other in zip(before, everything(model, optimizer), strict=True):
        assert torch.equal(one, other) if isinstance(one, Tensor) else one == other


def everything(model: nn.Module, optimizer: torch.optim.Optimizer) -> list[Any]:
    states = [value for state in optimizer.state.values() for value in state.values()]
    gradients = [each.grad for each in model.parameters()]
    held = [*model.state_dict().values(), *gradients, *states]
    copies = [each.clone() if isinstance(each, Tensor) else each for each in held]
    flags = [(each.training, each._version) if isinstance(each, Tensor) else each.training for each in model.modules()]
    return [*copies, flags, torch.get_rng_state(), random.getstate()]


def test_a_check_inside_a_watch_is_not_seen_by_it() -> None:
    with live.watch(every=1) as watch:
        live.check(Detached(), (X, Y), F.mse_loss)
    assert watch.recorder.step_number == 0
    assert watch.findings == []


def test_a_check_under_no_grad_still_needs_gradients() -> None:
    with torch.no_grad():
        assert codes(Detached(), (X, Y), F.mse_loss) == ["TL707"]


def test_dicts_in_and_out() -> None:
    batch = {"features": X, "labels": LABELS}
    assert codes(Mapped(), batch, lambda output, given: F.cross_entropy(output["logits"], given["labels"])) == []


@pytest.mark.parametrize("where", ["model", "batch"])
def test_the_meta_device_is_said_and_not_probed(where: str) -> None:
    model, x = perceptron(), X
    if where == "model":
        model = model.to("meta")
    else:
        x = x.to("meta")
    found = live.check(model, (x, Y), F.mse_loss)
    assert found.findings == []
    assert found.notes == ("not probed: Sequential or its batch is on the meta device and holds no numbers",)


def test_what_cannot_be_copied_is_said() -> None:
    model = perceptron()
    model.lock = threading.Lock()  # type: ignore[assignment]
    found = live.check(model, (X, Y), F.mse_loss)
    assert found.findings == []
    assert found.notes[0].startswith("not probed: Sequential cannot be copied")


def test_a_parameter_that_was_moved_can_be_copied() -> None:
    model = perceptron()
    model.scale = nn.Parameter(torch.ones(1)) * 2  # type: ignore[assignment]
    assert live.check(model, (X, Y), F.mse_loss).notes == ()


def test_complex_numbers_and_custom_losses_are_left_alone() -> None:
    model = nn.Linear(8, 4, dtype=torch.complex64)
    batch = (torch.randn(16, 8, dtype=torch.complex64), torch.randn(16, 4, dtype=torch.complex64))
    assert codes(model, batch, lambda output, target: (output - target).abs().pow(2).mean()) == []


def test_sparse_gradients() -> None:
    model = nn.Sequential(nn.Embedding(50, 8, sparse=True), nn.Flatten(), nn.Linear(32, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    assert codes(model, (torch.randint(0, 50, (32, 4)), LABELS), F.cross_entropy, optimizer=optimizer) == []


def test_nan_from_the_first_step() -> None:
    x = X.clone()
    x[3, 3] = float("nan")
    assert codes(perceptron(), (x, Y), F.mse_loss) == ["TL706"]


# Overfitting one batch.


def verdict_on(model: nn.Module, batch: Any, loss_fn: Callable[[Any, Any], Any], **options: Any) -> Any:
    return live.overfit_one_batch(model, batch, loss_fn, **options)


@pytest.mark.parametrize(
    ("model", "loss_fn", "floor"),
    [
        (lambda: perceptron(10), F.cross_entropy, 0.0),
        (lambda: perceptron(10), nn.CrossEntropyLoss(label_smoothing=0.1), 0.5003),
        (lambda: nn.Sequential(perceptron(10), nn.LogSoftmax(1)), F.nll_loss, 0.0),
    ],
)
def test_a_healthy_classifier_learns_down_to_the_floor(
    model: Callable[[], nn.Module], loss_fn: Callable[[Any, Any], Any], floor: float
) -> None:
    verdict = verdict_on(model(), (X, LABELS), loss_fn)
    assert verdict.learned
    assert verdict.floor == pytest.approx(floor, abs=1e-2)
    assert (verdict.findings, verdict.suspects) == ([], ())


def test_equal_inputs_with_different_targets_leave_a_floor() -> None:
    twice = torch.cat([X[:16], X[:16]])
    spread = ((Y[:16] - Y[16:]) / 2).pow(2).mean().item()
    verdict = verdict_on(perceptron(), (twice, Y), F.mse_loss)
    assert verdict.floor == pytest.approx(spread, rel=1e-2)
    assert verdict.learned


def test_soft_targets_leave_a_floor() -> None:
    soft = torch.rand(32, 1)
    entropy = F.binary_cross_entropy(soft, soft).item()
    verdict = verdict_on(perceptron(), (X, soft), F.binary_cross_entropy_with_logits)
    assert verdict.floor == pytest.approx(entropy, rel=1e-2)
    assert verdict.learned


@pytest.mark.parametrize(
    ("model", "loss_fn", "suspect"),
    [
        (Detached, F.mse_loss, "no gradient reaches `encoder.bias`, `encoder.weight`"),
        (Constant, F.mse_loss, "the output is the same for other inputs"),
        (lambda: nn.Sequential(perceptron(), nn.Sigmoid()), lambda o, t: F.mse_loss(o, 10 * t), "the last activation"),
        (perceptron, lambda o, t: F.mse_loss(o, 1e5 * t), "targets are as large as"),
        (lambda: perceptron().requires_grad_(False), F.mse_loss, "no parameter of the model is trainable"),
    ],
)
def test_a_suspect_is_named(model: Callable[[], nn.Module], loss_fn: Callable[[Any, Any], Any], suspect: str) -> None:
    batch = (X, 1e5 * Y) if suspect.startswith("targets") else (X, Y)
    loss_fn = F.mse_loss if suspect.startswith("targets") else loss_fn
    verdict = verdict_on(model(), batch, loss_fn, steps=60)
    assert not verdict.learned
    assert any(each.startswith(suspect) for each in verdict.suspects), verdict.suspects
    assert [each.code for each in verdict.findings] == ["TL701"]
    assert "did not learn the batch" in verdict.report()


@pytest.mark.parametrize(("rate", "name"), [(1e-6, "1e-06"), (1e3, "1000")])
def test_a_learning_rate_that_is_off_is_named(rate: float, name: str) -> None:
    model = perceptron(10)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9)
    verdict = verdict_on(model, (X, Y.expand(-1, 10)), F.mse_loss, optimizer=optimizer)
    assert verdict.findings
    assert any(f"{name} of SGD" in each or f"rate of {name}" in each for each in verdict.suspects), verdict.suspects


def test_an_optimizer_of_another_model_is_named() -> None:
    optimizer = torch.optim.Adam(perceptron().parameters())
    verdict = verdict_on(perceptron(), (X, Y), F.mse_loss, optimizer=optimizer, steps=20)
    assert verdict.suspects[0].startswith("the optimizer does not hold `0.weight`")


def test_a_model_that_is_too_small_is_not_blamed() -> None:
    verdict = verdict_on(nn.Linear(1, 1), (torch.randn(64, 1), torch.randn(64, 1)), F.mse_loss, steps=60)
    assert (verdict.learned, verdict.findings) == (False, [])


def test_lbfgs_is_stepped_with_a_closure() -> None:
    model = perceptron()
    verdict = verdict_on(model, (X, Y), F.mse_loss, optimizer=torch.optim.LBFGS(model.parameters()), steps=20)
    assert verdict.learned
