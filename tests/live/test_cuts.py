"""A model whose graph is cut is followed for one pass: nothing stays of it, and what learns in another way is known."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.overrides import _get_current_function_mode_stack

from torchlint import live
from torchlint.live.probing.first_batch import FirstBatchProbes
from torchlint.live.stream.observer import Observer
from torchlint.live.stream.recorder import Recorder
from torchlint.live.watching import Watch


class Cut(nn.Module):
    """The stem is behind a cut; `fail_in` is the pass that raises."""

    def __init__(self, fail_in: int = 0, error: type[BaseException] = RuntimeError) -> None:
        super().__init__()
        self.stem = nn.Linear(4, 8)
        self.head = nn.Linear(8, 1)
        self.aside = torch.zeros(())
        self.passes, self.fail_in, self.error = 0, fail_in, error

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.stem(x)
        self.aside = hidden.mean()
        self.passes += 1
        if self.passes == self.fail_in:
            raise self.error
        return self.head(hidden.detach())  # type: ignore[no-any-return]


def train(model: Cut, beside: float = 0.0, steps: int = 4) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = model(torch.randn(16, 4)).pow(2).mean()
        if beside:
            loss = loss + beside * model.aside
        loss.backward()
        optimizer.step()


def test_a_cut_is_found() -> None:
    with live.watch(select=["TL112"]) as watch:
        train(Cut())
    assert [(each.code, each.message.split(" ends")[0]) for each in watch.findings] == [("TL112", "`.detach()`")]
    assert watch.recorder.problems == []


def test_layers_that_another_loss_trains_are_not_cut_off() -> None:
    with live.watch(select=["TL112"]) as watch:
        train(Cut(), beside=0.1)
    assert watch.findings == []


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("fail_in", [1, 2])
def test_nothing_stays_of_a_pass_that_raises(error: type[BaseException], fail_in: int) -> None:
    model = Cut(fail_in, error)
    with pytest.raises(error), live.watch(select=["TL112"]):
        train(model)
    assert _get_current_function_mode_stack() == []
    assert not model._forward_hooks


def test_what_stands_around_a_pass_that_raises_is_left_as_without_a_watch() -> None:
    model = Cut(fail_in=2)
    with live.watch(select=["TL112"]):
        train(model, steps=1)
        try:
            with torch.device("meta"):
                model(torch.randn(16, 4, device="cpu"))
        except RuntimeError:
            pass
        assert _get_current_function_mode_stack() == []
        assert torch.empty(1).device.type == "cpu"


def test_the_numbers_are_those_of_the_run_without_a_watch() -> None:
    weights = []
    for watched in (False, True):
        torch.manual_seed(0)
        model = Cut()
        if watched:
            with live.watch():
                train(model)
        else:
            train(model)
        weights.append([each.clone() for each in model.parameters()])
    assert all(map(torch.equal, *weights))


class RequiresAgain(nn.Module):
    """Takes its features out of the graph, and asks for gradients from there on."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Linear(8, 16)
        self.head = nn.Linear(16, 4)

    def forward(self, x: Tensor) -> Tensor:
        features = torch.relu(self.body(x)).detach().requires_grad_()
        return self.head(features)


@pytest.mark.parametrize(("ignore", "codes"), [((), ["TL112"]), (("TL112",), ["TL707"])])
def test_a_layer_without_gradients_is_a_note_of_the_cut_before_it(ignore: tuple[str, ...], codes: list[str]) -> None:
    def probed(recorder: Recorder) -> list[Observer]:
        return [FirstBatchProbes(recorder)]

    with Watch(every=1, ignore=ignore, also=probed) as watch:
        model = RequiresAgain()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(8):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(torch.randn(32, 8)), torch.randint(0, 4, (32,))).backward()
            optimizer.step()
    found = [each for each in watch.findings if each.code in ("TL112", "TL707")]
    assert [each.code for each in found] == codes
    assert any("`body.weight`" in note.message for note in found[0].related) is (codes == ["TL112"])
