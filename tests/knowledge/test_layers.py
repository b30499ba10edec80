"""The layers, held against torch.nn: each is there, holds what is said of it and gives what is said of it."""

from __future__ import annotations

import inspect
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import nn

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.layer import Range
from torchlint.knowledge.layers import (
    ACTIVATIONS,
    AVERAGES,
    BATCH_NORMS,
    CHANNELS,
    CONTAINERS,
    DECIDED_BY,
    DROPOUTS,
    FILE_OF_ACTIVATIONS,
    GUESSES_DIMENSION,
    HOLD_IN_ORDER,
    IN_PLACE,
    KEEPS_SHAPE,
    LAYERS,
    SIZES,
    VISION_MODELS_WITH_BATCH_NORM,
    Decider,
)
from torchlint.knowledge.losses import LOSSES

SQUARE = "AvgPool MaxPool MaxUnpool ConstantPad CircularPad ReflectionPad ReplicationPad ZeroPad"
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "AdaptiveLogSoftmaxWithLoss": (4, 6, [2]),
    "Bilinear": (4, 4, 4),
    "ChannelShuffle": (2,),
    "CrossMapLRN2d": (2,),
    "DataParallel": (nn.Identity(),),
    "Embedding": (4, 4),
    "EmbeddingBag": (4, 4),
    "Fold": (4, 2),
    "FractionalMaxPool2d": (2, 2),
    "FractionalMaxPool3d": (2, 2),
    "GroupNorm": (2, 4),
    "LPPool1d": (2, 2),
    "LPPool2d": (2, 2),
    "LPPool3d": (2, 2),
    "LayerNorm": (4,),
    "Linear": (4, 4),
    "LinearCrossEntropyLoss": (4, 4),
    "LocalResponseNorm": (2,),
    "MultiheadAttention": (4, 2),
    "PixelShuffle": (2,),
    "PixelUnshuffle": (2,),
    "RMSNorm": (4,),
    "RNNBase": ("LSTM", 4, 4),
    "RNNCellBase": (4, 4, True, 1),
    "Threshold": (0.0, 0.0),
    "Transformer": (4, 2, 1, 1, 4),
    "TransformerDecoderLayer": (4, 2, 4),
    "TransformerEncoderLayer": (4, 2, 4),
    "Unflatten": (1, (2, 2)),
    "Unfold": (2,),
    **{name: (4, 4, 1) for name in LAYERS if name.startswith("Conv") and name != "Container"},
    **{name: (4, 1) for name in LAYERS if name.startswith("LazyConv")},
    **{name: (4,) for name in LAYERS if name.startswith(("BatchNorm", "InstanceNorm", "SyncBatchNorm"))},
    **dict.fromkeys(("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell"), (4, 4)),
    **{name: (1,) for name in LAYERS if name.startswith("Adaptive") and "Pool" in name},
    **{name: (1,) for name in LAYERS if name.startswith(tuple(SQUARE.split()))},
    **{name: (1, 0.0) for name in LAYERS if name.startswith("ConstantPad")},
    "LazyLinear": (4,),
}


def build(name: str, *positional: Any, **keywords: Any) -> nn.Module:
    """A small instance of a layer."""
    if name in ("TransformerEncoder", "TransformerDecoder"):
        positional = (build(f"{name}Layer"), 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made: nn.Module = getattr(nn, name)(*(positional or ARGUMENTS.get(name, ())), **keywords)
    return made


def holds_parameters(layer: nn.Module) -> bool:
    return any(True for _ in layer.parameters())


def holds_buffers(layer: nn.Module) -> bool:
    return any(True for _ in layer.buffers())


def changes_with_mode(layer: nn.Module) -> bool:
    """Whether it drops out or tracks statistics, by what torch keeps on it."""
    return any(
        getattr(each, "p", 0.0) > 0.0 if isinstance(each, nn.Dropout) else bool(kept)
        for each in layer.modules()
        for kept in (getattr(each, "track_running_stats", 0), getattr(each, "dropout", 0))
        if not isinstance(kept, nn.Module)
    )


def agrees(said: Answer, seen: bool) -> bool:
    return said is Unknown or (said is Yes) is seen


def public_modules() -> set[str]:
    """The modules of torch.nn, that are no mere alias of another."""
    found = ((name, getattr(nn, name)) for name in dir(nn) if not name.startswith("_"))
    return {name for name, value in found if inspect.isclass(value) and issubclass(value, nn.Module)}


def test_every_module_of_torch_is_either_a_layer_or_a_loss() -> None:
    assert public_modules() == LAYERS.keys() | LOSSES.keys()
    assert not LAYERS.keys() & LOSSES.keys()
    assert all(name == kind.name for name, kind in LAYERS.items())
    assert LAYERS.keys() >= CONTAINERS


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_what_a_layer_holds(name: str) -> None:
    layer, kind = build(name), LAYERS[name]
    assert agrees(kind.parameters, holds_parameters(layer))
    assert agrees(kind.buffers, holds_buffers(layer))
    assert kind.recurrent is isinstance(layer, (nn.RNNBase, nn.RNNCellBase))


def asks_for_the_mode(layer: nn.Module) -> bool:
    own = {base for each in layer.modules() for base in type(each).__mro__} - {nn.Module, object}
    return any("self.training" in inspect.getsource(base) for base in own)


# RNNBase has no forward of its own: the mode is read where its children hand it to the kernel.
@pytest.mark.parametrize("name", sorted(LAYERS.keys() - {"RNNBase"}))
def test_only_a_layer_that_asks_for_the_mode_depends_on_it(name: str) -> None:
    assert asks_for_the_mode(build(name)) is (LAYERS[name].mode_dependent is not No)


FOUR = torch.randn(3, 4, generator=torch.Generator().manual_seed(0)) * 3


def test_dropout_and_its_like_differ_between_the_modes() -> None:
    volume = FOUR.reshape(1, 3, 2, 2, 1).expand(2, 3, 2, 2, 4).contiguous()
    given = {"1d": volume[..., 0, 0], "2d": volume[..., 0], "3d": volume}
    torch.manual_seed(0)
    for name, kind in LAYERS.items():
        if kind.mode_dependent is not Yes or name.startswith(("Lazy", "SyncBatchNorm")):
            continue
        layer = build(name, 3) if "Norm" in name else build(name)
        tensor = given.get(name[-2:], volume)
        trained = layer.train()(tensor)
        assert not torch.equal(trained, layer.eval()(tensor)), name


@pytest.mark.parametrize(
    ("key", "decider"), DECIDED_BY.items(), ids=lambda each: "-".join(each) if isinstance(each, tuple) else ""
)
def test_the_argument_that_decides(key: tuple[str, str], decider: Decider) -> None:
    name, held = key
    assert getattr(LAYERS[name], held) is not No
    different = 0.5 if decider.keyword == "dropout" else True
    with_it = build(name, **{decider.keyword: different})
    without = build(name, **{decider.keyword: decider.plain})
    by_default = build(name)
    seen = {"parameters": holds_parameters, "buffers": holds_buffers, "mode_dependent": changes_with_mode}[held]
    assert seen(with_it)
    assert not seen(without)
    assert seen(by_default) is (decider.default != decider.plain)


POSITIONAL: dict[str, tuple[Any, ...]] = {
    "LSTM": (4, 4, 2, True, True, 0.5),
    "GRU": (4, 4, 2, True, True, 0.5),
    "RNN": (4, 4, 2, "tanh", True, True, 0.5),
    "RNNBase": ("LSTM", 4, 4, 2, True, True, 0.5),
}


@pytest.mark.parametrize(
    ("key", "decider"), DECIDED_BY.items(), ids=lambda each: "-".join(each) if isinstance(each, tuple) else ""
)
def test_where_the_argument_that_decides_stands(key: tuple[str, str], decider: Decider) -> None:
    name, _ = key
    if name in POSITIONAL:
        assert len(POSITIONAL[name]) == (decider.position or 0) + 1
        assert getattr(build(name, *POSITIONAL[name]), "dropout") == 0.5  # noqa: B009
        return
    parameters = list(inspect.signature(getattr(nn, name)).parameters.values())
    assert decider.position is not None
    assert parameters[decider.position].name == decider.keyword
    assert parameters[decider.position].default == decider.default


def inside(values: torch.Tensor, expected: Range) -> bool:
    match expected:
        case Range.PROBABILITIES:
            return bool(torch.allclose(values.sum(1), torch.ones(())) and (values >= 0).all())
        case Range.LOG_PROBABILITIES:
            return inside(values.exp(), Range.PROBABILITIES)
        case Range.UNIT:
            return bool(((values >= 0) & (values <= 1)).all())
        case Range.LOG_UNIT:
            return bool((values <= 0).all())
        case Range.NON_NEGATIVE:
            return bool((values >= 0).all())
        case Range.HARDLY_NEGATIVE:
            return bool((values >= -2).all() and (values < 0).any())
        case Range.SIGNED_UNIT:
            return bool((values.abs() <= 1).all() and (values < 0).any())
    return True


def test_activations_give_their_range() -> None:
    checked = set()
    for name, kind in LAYERS.items():
        if kind.output not in (None, Range.RAW, Range.UNKNOWN):
            keywords = {"dim": 1} if "dim" in inspect.signature(getattr(nn, name)).parameters else {}
            tensor = FOUR.reshape(3, 4, 1, 1) if name == "Softmax2d" else FOUR
            assert inside(build(name, **keywords)(tensor), kind.output or Range.RAW), name
            checked.add(name)
    assert len(checked) == 20


def test_averages_average() -> None:
    assert {name for name in LAYERS if "AvgPool" in name} == AVERAGES
    assert all(LAYERS[name].output is None for name in AVERAGES)


def test_what_guesses_its_dimension() -> None:
    for name, position in GUESSES_DIMENSION.items():
        parameters = list(inspect.signature(getattr(nn, name)).parameters.values())
        assert (parameters[position].name, parameters[position].default) == ("dim", None), name


def test_what_keeps_the_shape() -> None:
    for name in KEEPS_SHAPE:
        sides = int(name[-2]) if name[-1] == "d" and name[-2].isdigit() and name != "Softmax2d" else 0
        tensor = torch.randn(3, 4, *[2] * (sides or (2 if name in ("Softmax2d", "SyncBatchNorm") else 0)))
        layer = build(name, **({"dim": 1} if name in GUESSES_DIMENSION else {})).eval()
        assert layer(tensor).shape == tensor.shape, name


def test_activations_stand_where_it_is_said() -> None:
    files = {Path(inspect.getfile(getattr(nn, name))).as_posix() for name in ACTIVATIONS}
    assert all(file.endswith(FILE_OF_ACTIVATIONS) for file in files)


@pytest.mark.parametrize("name", sorted(DROPOUTS))
def test_dropout_sets_some_values_to_0_and_scales_the_others(name: str) -> None:
    torch.manual_seed(0)
    values = getattr(nn, name)(0.5)(torch.ones(2, 64, *[4] * int(name[-2] if name[-1] == "d" else 0)))
    assert set(values.flatten().tolist()) == {0.0, 2.0}


@pytest.mark.parametrize("name", sorted(HOLD_IN_ORDER))
def test_a_container_may_hold_a_layer_several_times(name: str) -> None:
    layer = nn.Linear(2, 2)
    held = nn.Sequential(layer, layer) if name == "Sequential" else getattr(nn, name)([layer, layer])
    assert type(held).__name__ == name
    assert [each is layer for each in held] == [True, True]


def test_where_layers_are_told_the_size_that_they_give() -> None:
    for name, (argument, position) in (SIZES | CHANNELS).items():
        assert list(inspect.signature(getattr(nn, name)).parameters)[position] == argument, name
    assert set(CHANNELS) == {name for name in LAYERS if "Conv" in name}


def test_where_layers_are_told_to_change_their_input() -> None:
    for name, position in IN_PLACE.items():
        assert list(inspect.signature(getattr(nn, name)).parameters)[position] == "inplace", name


@pytest.mark.slow
def test_which_models_of_torchvision_hold_batch_norm(torchvision: ModuleType) -> None:
    models = torchvision.models
    holding: set[str] = set()
    with torch.device("meta"):
        for name in models.list_models(module=models, exclude="regnet*"):  # They count with the values of tensors.
            undrawn = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
            made = models.get_model(name, **undrawn)
            if any(type(part).__name__ in BATCH_NORMS for part in made.modules()):
                holding.add(name)
    assert holding >= VISION_MODELS_WITH_BATCH_NORM
    assert holding - VISION_MODELS_WITH_BATCH_NORM == {"maxvit_t"}
