"""A watch is put in and taken out, and leaves nothing behind."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from types import FunctionType

import pytest
import torch
import torch.fx
from torch import nn
from torch.nn.modules import module as modules
from torch.optim import optimizer as optimizers
from torch.utils.data import DataLoader, dataloader

import torchlint.live
from torchlint import live

CLASSES = (torch.Tensor, nn.Module, torch.optim.Optimizer, DataLoader, dataloader._BaseDataLoaderIter)
PLACES = (torch, torch.autograd, nn.functional, nn.utils, *CLASSES)
HOOKS = (modules._global_forward_hooks, modules._global_forward_pre_hooks)
STEP_HOOKS = (optimizers._global_optimizer_pre_hooks, optimizers._global_optimizer_post_hooks)

mse_loss = nn.functional.mse_loss
"""A name that was imported before the watch."""


@pytest.fixture(autouse=True, scope="module")
def warm() -> None:
    """Torch puts some of its own functions in place only when the first optimizer is made."""
    train()


def standing() -> dict[tuple[str, ...], object]:
    """What stands in every place that a watch changes something in, the code of functions, and all hooks."""
    found = {(place.__name__, name): value for place in PLACES for name, value in vars(place).items()}
    kept = {key: value for key, value in found.items() if callable(value)}
    functions = {key: value for key, value in kept.items() if isinstance(value, FunctionType)}
    codes = {(*key, "code"): (value.__code__, value.__defaults__) for key, value in functions.items()}
    return {**kept, **codes, ("torch", "hooks"): [dict(each) for each in (*HOOKS, *STEP_HOOKS)]}


def train(steps: int = 2) -> list[float]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = mse_loss(model(torch.randn(16, 4)), torch.randn(16, 1))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def raising(error: BaseException) -> Callable[[], None]:
    def run() -> None:
        train()
        raise error

    return run


def test_nothing_stays_after_a_watch() -> None:
    before, code = standing(), mse_loss.__code__
    with live.watch():
        assert standing() != before
        assert mse_loss.__code__ is not code
        train()
    assert standing() == before
    assert mse_loss.__code__ is code


@pytest.mark.parametrize("error", [RuntimeError("out of memory"), KeyboardInterrupt(), SystemExit(3)])
def test_nothing_stays_after_an_error(error: BaseException) -> None:
    before = standing()
    with pytest.raises(type(error)), live.watch():
        raising(error)()
    assert standing() == before


def test_functions_stay_the_objects_that_they_are() -> None:
    def named() -> dict[tuple[str, str], object]:
        modules = (torch, torch.special, torch.autograd, torch.jit, nn.functional, nn.utils, nn.utils.clip_grad)
        found = {(module.__name__, name): value for module in modules for name, value in vars(module).items()}
        return {key: value for key, value in found.items() if callable(value)}

    before = named()
    with live.watch():
        assert named() == before
        assert "sigmoid" not in vars(torch.Tensor)


def test_functions_can_be_pickled_and_models_that_hold_them_copied() -> None:
    class Gate(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.activation = torch.relu

    earlier = Gate()
    with live.watch():
        functions = (torch.sigmoid, torch.relu, nn.utils.clip_grad_norm_, torch.autograd.backward)
        assert pickle.loads(pickle.dumps(functions)) == functions
        for gate in (earlier, Gate()):
            assert copy.deepcopy(gate).activation is torch.relu


def test_what_keeps_a_function_can_be_pickled_whenever_it_took_it() -> None:
    earlier = nn.TransformerEncoderLayer(8, 2, 16)
    with live.watch():
        later = nn.TransformerEncoderLayer(8, 2, 16, activation=nn.functional.relu)
        assert pickle.loads(pickle.dumps([earlier, later, mse_loss]))[2] is mse_loss
    assert later.activation is nn.functional.relu
    assert pickle.loads(pickle.dumps(later)).activation is nn.functional.relu


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning", "ignore:.*global hooks on modules:UserWarning")
def test_a_watched_function_has_its_signature_and_can_be_scripted_and_traced() -> None:
    class Net(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return nn.functional.softmax(nn.functional.relu(x), dim=0)

    signature, inputs = inspect.signature(nn.functional.softmax), torch.randn(4)
    with live.watch():
        assert inspect.signature(nn.functional.softmax) == signature
        assert torch.equal(torch.jit.script(Net())(inputs), Net()(inputs))
        assert torch.equal(torch.fx.symbolic_trace(Net())(inputs), Net()(inputs))
        compiled = torch.compile(Net(), fullgraph=True, backend="eager")
        assert torch.equal(compiled(inputs), Net()(inputs))


def test_watches_may_be_nested_and_left_in_any_order() -> None:
    before = standing()
    with live.watch(), live.watch():
        train()
    assert standing() == before
    first, second = live.watch(), live.watch()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    train()
    second.__exit__(None, None, None)
    assert standing() == before


def test_a_watch_entered_twice_stays_until_it_is_left_twice() -> None:
    before = standing()
    watch = live.watch()
    with watch:
        with watch:
            train()
        assert standing() != before
        train()
        assert watch.recorder.step_number == 4
    assert standing() == before


def test_a_watch_can_be_used_again() -> None:
    watch = live.watch()
    for _ in range(2):
        with watch:
            train()
        assert watch.recorder.step_number == 2
        assert watch.recorder.problems == []


def test_the_names_of_rules_are_checked() -> None:
    with pytest.raises(ValueError, match=r'no rule matches "TL404x".*TL40'):
        live.watch(select=["TL404x"])


def test_without_torch_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match="needs torch, which is not installed"):
        torchlint.live.watch()


def train_without_clearing() -> None:
    """Break TL204."""
    tensor = torch.zeros(4, requires_grad=True)
    optimizer = torch.optim.SGD([tensor], lr=0.1)
    for _ in range(4):
        mse_loss(tensor, torch.ones(4)).backward()
        optimizer.step()


def test_a_tensor_that_is_trained_without_any_model_is_watched_too() -> None:
    with live.watch() as watch:
        train_without_clearing()
    assert watch.recorder.problems == []
    assert [each.code for each in watch.findings] == ["TL204"]


def test_the_narrower_selector_decides() -> None:
    with live.watch(select=["TL204"], ignore=["TL2"]) as one, live.watch(select=["TL2"], ignore=["TL204"]) as other:
        train_without_clearing()
    assert ([each.code for each in one.findings], other.findings) == (["TL204"], [])
