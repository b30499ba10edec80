"""What frameworks around torch do with what they are given: they prepare loaders, go through them, and step."""

from __future__ import annotations

from torchlint.facts.event import Backward
from torchlint.source.paper.domain.values import Kind, Many, Opaque, Ordered, Thing, Value, options
from torchlint.source.paper.models.declaration import ANY, Call, Method, Models, Source, arg
from torchlint.source.paper.models.torch.autograd import backward
from torchlint.source.paper.models.torch.clipping import clip
from torchlint.source.paper.occurrences.calls import CallUnread
from torchlint.source.paper.occurrences.data import LoaderUsed, Use
from torchlint.source.paper.occurrences.training import FrameworkFit
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.containers import append, items_of, new_list

MODELS = Models()


@MODELS.method(Kind.FRAMEWORK, "backward manual_backward", "loss", emits=Backward)
def backward_by_framework(call: Call) -> Value:
    """A framework is given the loss to run backward on."""
    return backward(call.machine, call.first, call.site, by_framework=True)


@MODELS.method(Kind.FRAMEWORK, "prepare setup setup_dataloaders prepare_model prepare_data_loader")
def prepare(call: Call) -> Value:
    """What `accelerator.prepare(...)` or `fabric.setup(...)` gives back: the same objects, its samplers put in."""
    given = call.arguments.positional
    for value in given:
        for each in options(value):
            call.machine.tell(LoaderUsed(each.number, Use.DEALT_OUT))
    if len(given) == 1:
        return given[0]
    result = new_list(call.machine.state, Ordered.TUPLE, call.site)
    for value in given:
        append(call.machine.state, result, value, call.site)
    return result


def fits(*, trains: bool) -> Source:
    """A framework goes through the loaders that it is given: it trains on the first and evaluates on the others."""

    def fit(call: Call) -> Value:
        call.machine.tell(FrameworkFit(trains))
        for position, loader in enumerate(_loaders_in(call)):
            go_through(call.machine, loader, trains=trains and position == 0)
        return Opaque()

    return fit


def go_through(machine: Machine, loader: Thing, *, trains: bool) -> None:
    """A framework goes through a loader in its own loop."""
    machine.tell(LoaderUsed(loader.number, Use.TRAINS if trains else Use.EVALUATES))
    machine.tell(LoaderUsed(loader.number, Use.BY_FRAMEWORK))


def _loaders_in(call: Call) -> list[Thing]:
    state = call.machine.state
    held = [each for value in call.arguments for each in options(value)]
    flat = [item for each in held for item in (items_of(state, each) if isinstance(each, Many) else [each])]
    return [each for each in flat if isinstance(each, Thing) and each.kind is Kind.LOADER]


def _of_framework(call: Call) -> Value:
    call.machine.tell(CallUnread(call.arguments, may_train=False))
    return Opaque(from_call=True, name=call.name)


MODELS.declare(
    Method(
        Kind.FRAMEWORK,
        "clip_grad_norm_ clip_grad_value_",
        takes="parameters",
        emits=clip(arg("parameters"), by_framework=True),
    ),
    Method(Kind.FRAMEWORK, "fit train", gives=fits(trains=True)),
    Method(Kind.FRAMEWORK, "validate test predict evaluate", gives=fits(trains=False)),
    Method(Kind.FRAMEWORK, ANY, gives=_of_framework),
)
