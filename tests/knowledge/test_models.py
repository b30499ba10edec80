"""The models of torch and torchvision, held against those that are installed: names, and where parameters stand."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType

import pytest
import torch
from torch.optim import lr_scheduler

from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Kind, Opaque, Parameters, Value
from torchlint.source.paper.models.declaration import ANY, Function, Method, positions_in
from torchlint.source.paper.models.registry import FUNCTIONS, METHODS

GONE = {
    "torch.autograd.inference_mode",
    "torch.autograd.variable.Variable",
    "torch.quantization.prepare_qat",
    "torch.distributed._composable.fsdp.fully_shard",
    "torch.nn.SyncBatchNorm.convert_sync_batchnorm",
}
"""Each is kept for the torch in which it was the name."""
CLASSES: dict[Kind | type[Value], tuple[object, ...]] = {
    Kind.LAYER: (torch.nn.Module, torch.nn.ModuleList, torch.nn.ModuleDict, torch.optim.swa_utils.AveragedModel),
    Kind.LOSS: (torch.nn.Module,),
    Kind.PARAMETER: (torch.nn.Parameter,),
    Kind.OPTIMIZER: (torch.optim.Optimizer, torch.optim.SGD),
    Kind.SCHEDULER: (lr_scheduler.LRScheduler,),
    Kind.SCALER: (torch.amp.GradScaler,),
    Kind.SAMPLER: (torch.utils.data.DistributedSampler,),
    TensorValue: (torch.Tensor, dict),
    Parameters: (torch.nn.Parameter, dict),
}
ELSEWHERE = {
    # Of torch_npu, of fully sharded models, and of Lightning's modules.
    *("npu", "clip_grad_norm_", "clip_gradients", "manual_backward", "optimizers"),
    # Old names, and functions that tensors do not have.
    *("register_module", "true_divide"),
}


def found(dotted: str) -> object | None:
    """What a dotted name stands for, None where there is none."""
    parts = dotted.split(".")
    for count in range(len(parts) - 1, 0, -1):
        try:
            held: object = importlib.import_module(".".join(parts[:count]))
        except ImportError:
            continue
        for name in parts[count:]:
            held = getattr(held, name, None)
        return held
    return None


def parameters_of(function: object) -> Sequence[inspect.Parameter] | None:
    """The parameters of a function or class, without `self`; None where C code has no signature."""
    assert callable(function)
    try:
        known = list(inspect.signature(function).parameters.values())
    except ValueError:
        return None
    return known[1:] if known and known[0].name == "self" else known


def misplaced(takes: str, parameters: Sequence[inspect.Parameter]) -> Mapping[str, int | None]:
    """Those of the parameters that a model asks for that stand elsewhere."""
    order = {each.name: position for position, each in enumerate(parameters)}
    named = {each.name for each in parameters if each.kind is each.KEYWORD_ONLY}
    return {
        name: position
        for name, position in positions_in(takes).items()
        if name not in order or (position is not None and (order[name] != position or name in named))
    }


def functions() -> Iterator[tuple[str, str]]:
    """The dotted names of the functions and classes of torch that have models, and what these say they take."""
    for model in FUNCTIONS:
        place = model.within.split()[0] if model.within else ""
        if place in ("", "torch.nn", "torch.optim", "torch.utils.data", "torch.nn.functional", "torchvision.datasets"):
            for name in model.names:
                dotted = f"{place}.{name}" if place else name
                if dotted.startswith(("torch.", "torchvision.")) and "*" not in name and dotted not in GONE:
                    yield dotted, model.takes


IN_TORCH = sorted(set(functions()))


@pytest.mark.parametrize(("dotted", "takes"), IN_TORCH)
def test_a_function_with_a_model_is_there_and_takes_what_the_model_asks_for(
    dotted: str, takes: str, torchvision: ModuleType
) -> None:
    function = found(dotted)
    if function is None and dotted.startswith("torch.optim."):
        function = getattr(lr_scheduler, dotted.rpartition(".")[2], None) or found(
            dotted.replace("torch.optim.", "torch.optim.swa_utils.")
        )
    assert function is not None, dotted
    parameters = parameters_of(function)
    if takes and parameters is not None:
        assert misplaced(takes, parameters) == {}


def test_a_function_that_is_also_a_method_is_a_function_or_a_method_of_torch() -> None:
    places = (torch, torch.nn.functional, torch.special, torch.Tensor)
    for model in FUNCTIONS:
        if model.within.startswith("torch torch.*") and ANY not in model.names and model.names != {"GradScaler"}:
            known = {name for name in model.names if any(hasattr(place, name) for place in places)}
            assert model.names - known <= {"GradScaler", "ShardedGradScaler"}


def methods() -> Iterator[tuple[Method, Kind | type[Value], str]]:
    for model in METHODS:
        for owner in model.owners:
            for name in sorted(model.names - ELSEWHERE - {ANY}):
                if owner in CLASSES and (name != "set_epoch" or owner is Kind.SAMPLER):
                    yield model, owner, name


@pytest.mark.parametrize(
    ("model", "owner", "name"), [pytest.param(*each, id=f"{each[1]}.{each[2]}") for each in methods()]
)
def test_a_method_with_a_model_is_there_and_takes_what_the_model_asks_for(
    model: Method, owner: Kind | type[Value], name: str
) -> None:
    known = [getattr(each, name) for each in CLASSES[owner] if hasattr(each, name)]
    if owner is TensorValue and not known:
        known = [getattr(place, name) for place in (torch, torch.nn.functional, torch.special) if hasattr(place, name)]
    assert known, name
    parameters = parameters_of(known[0])
    if model.takes and parameters is not None:
        assert misplaced(model.takes, parameters) == {}


def test_what_is_checked_is_much_and_what_is_wrong_is_noticed() -> None:
    assert len(IN_TORCH) > 250
    assert sum(1 for _ in methods()) > 200
    step = parameters_of(torch.optim.SGD.step)
    assert step is not None
    assert misplaced("lr, closure", step) == {"lr": 0, "closure": 1}
    assert found("torch.nn.Lineal") is None


def test_every_model_asks_for_the_parameters_that_it_names() -> None:
    assert positions_in("input, target, *, reduction") == {"input": 0, "target": 1, "reduction": None}
    assert not any("=" in model.takes for model in (*FUNCTIONS, *METHODS))
    assert all(isinstance(each, Function) for each in FUNCTIONS)
    assert Opaque not in CLASSES
