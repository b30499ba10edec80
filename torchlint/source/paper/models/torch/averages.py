"""Weights that are computed and written by hand: averages of a model's, and whether their buffers follow too."""

from __future__ import annotations

from collections.abc import Iterable

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import WritesWeights
from torchlint.facts.subject import Subject
from torchlint.knowledge.layers import BATCH_NORMS, BATCH_STATISTICS, is_built_with_batch_norm
from torchlint.source.paper.domain.values import (
    Kind,
    Parameters,
    Thing,
    Value,
    WeightData,
    may_be_unset,
    options,
)
from torchlint.source.paper.models.declaration import Call, Method, Models, receiver
from torchlint.source.paper.models.torch.copies import copy_of
from torchlint.source.paper.models.torch.subjects import subject_of, weights_in
from torchlint.source.paper.python.attributes import WEIGHTS
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import AVERAGES, REFRESHED, RUN_IN_TRAINING, Average
from torchlint.source.paper.state.objects import children_of, inside
from torchlint.source.paper.state.state import State

MODELS = Models()
_OF_MANY = [f"torch._foreach_{name}_" for name in ("add", "copy", "lerp", "mul", "sub")]


def mix(machine: Machine, into: Subject, given: Iterable[Value]) -> None:
    """Parameters are set to what was computed from these values: perhaps from another model's parameters."""
    sources = weights_in(machine.state, given)
    others = sources.own - into.own
    if not others or into.open or sources.open or len(into.own) != 1 or _handles_statistics(machine):
        return
    known = machine.state.get(AVERAGES)
    average = Average(next(iter(into.own)), others | sources.above)
    if average not in known:
        machine.state.set(AVERAGES, known | {average})


def _handles_statistics(machine: Machine) -> bool:
    """Whether the program speaks of the statistics of batch norm: it may set them by itself."""
    project, path = machine.project, machine.frame.module.path
    return any(not each.summary.words.isdisjoint(BATCH_STATISTICS) for each in project.of_one_program(path))


def refresh(machine: Machine, model: Value) -> None:
    """The buffers of a model, or of averages in it, may be set: to what they are elsewhere, or from data."""
    averages = machine.state.get(AVERAGES)
    if averages:
        parts = inside(machine.state, model)
        known = machine.state.get(REFRESHED)
        machine.state.set(REFRESHED, known | {each.number for each in averages if each.number in parts})


def lags_behind(machine: Machine, model: Value, training: Answer) -> Answer:
    """A model is run: whether it is an average with the batch statistics of other weights than its own."""
    state = machine.state
    if training is not No:
        known = state.get(RUN_IN_TRAINING)
        if model.number not in known:
            state.set(RUN_IN_TRAINING, known | {model.number})
        refresh(machine, model)
    averages = state.get(AVERAGES)
    if not averages:
        return No
    run = _wrapped(state, model)
    mine = [each for each in averages if each.number == run.number]
    if not mine:
        return No
    trained, refreshed = state.get(RUN_IN_TRAINING), state.get(REFRESHED)
    behind = run.number not in refreshed and any(each.sources & trained for each in mine)
    return Yes if behind and _keeps_statistics(state, run) else Unknown


def _wrapped(state: State, model: Value) -> Value:
    """The only layer in a module, such as the average that a class of the project keeps; else the module itself."""
    parts = list(children_of(state, model).values())
    only = parts[0] if len(parts) == 1 else model
    is_wrapper = isinstance(model, Thing) and model.of is not None and isinstance(only, Thing)
    return only if is_wrapper and only.number in {each.number for each in state.get(AVERAGES)} else model


def _keeps_statistics(state: State, layer: Value, depth: int = 0) -> bool:
    """Whether there is surely a batch norm in a model that keeps statistics."""
    if not isinstance(layer, Thing) or depth > 12:
        return False
    if layer.of is None and layer.last in BATCH_NORMS:
        return layer.arguments.says("track_running_stats", 4, default=Yes) is Yes
    if layer.of is None and is_built_with_batch_norm(layer.dotted):
        return not layer.arguments.unknown and "norm_layer" not in layer.arguments.keywords
    return any(
        not may_be_unset(part) and all(_keeps_statistics(state, each, depth + 1) for each in options(part))
        for part in children_of(state, layer).values()
    )


@MODELS.function("torch.optim.swa_utils.AveragedModel", "model, device, avg_fn, multi_avg_fn, use_buffers")
def averaged_model(call: Call) -> Value | None:
    """A copy of a model, of whose parameters it is to keep an average."""
    model = call.given("model")
    if not isinstance(model, Thing) or model.kind is not Kind.LAYER:
        return None
    state, made = call.machine.state, copy_of(call.machine, model, call.site)
    state.set(AVERAGES, state.get(AVERAGES) | {Average(made.number)})
    if call.says("use_buffers", default=No) is not No:
        state.set(REFRESHED, state.get(REFRESHED) | {made.number})
    return made


def _is_averaged_model(call: Call) -> bool:
    return any(each.number == call.receiver.number for each in call.machine.state.get(AVERAGES))


@MODELS.method(Kind.LAYER, "update_parameters", "model", when=_is_averaged_model)
def update_parameters(call: Call) -> Value | None:
    """`averaged.update_parameters(model)`."""
    model = call.given("model")
    if model is not None:
        state = call.machine.state
        mix(call.machine, subject_of(state, call.receiver), [Parameters(subject=subject_of(state, model))])
    return None


@MODELS.function("torch.optim.swa_utils.update_bn", "loader, model")
def update_statistics(call: Call) -> Value | None:
    """The statistics of batch norm are made anew from data."""
    model = call.given("model")
    if model is not None:
        refresh(call.machine, model)
    return None


MODELS.declare(Method(Parameters, "items values", gives=receiver))  # Those of a dict of them.


@MODELS.method((Parameters, WeightData), "detach")
def detached(call: Call) -> Value:
    """The numbers of parameters themselves, without their graph."""
    if isinstance(call.receiver, WeightData):
        return call.receiver
    return WeightData(name=WEIGHTS, subject=_subject(call, call.receiver))


@MODELS.method((Parameters, WeightData), "add clone div lerp mul sub")
def compute(call: Call) -> Value:
    """What is computed from parameters."""
    return WeightData(subject=_subject(call, call.receiver, *call.arguments))


def _is_of_weights(call: Call) -> bool:
    return any(isinstance(each, (Parameters, WeightData)) for each in call.arguments)


@MODELS.function("torch.lerp torch.add torch.sub torch.mul", when=_is_of_weights)
def compute_by_function(call: Call) -> Value:
    """The same by a function."""
    return WeightData(subject=_subject(call, *call.arguments))


@MODELS.method((Parameters, WeightData), "add_ clamp_ copy_ div_ lerp_ mul_ sub_")
def write(call: Call) -> Value:
    """Parameters are changed in place, or what was computed from them."""
    if isinstance(call.receiver, WeightData) and not call.receiver.name:
        return compute(call)
    _written(call, _subject(call, call.receiver))
    return call.receiver


@MODELS.function(_OF_MANY, "self, other", emits=WritesWeights)
def write_many(call: Call) -> Value | None:
    """Many parameters are changed in place at once."""
    given = call.given("self")
    subject = _subject(call, given) if given is not None else None
    if subject is not None and subject.own:
        _written(call, subject)
    return None


def _written(call: Call, subject: Subject) -> None:
    call.emit(WritesWeights(site=call.site, via=call.via, subject=subject))
    mix(call.machine, subject, call.arguments)


def _subject(call: Call, *values: Value) -> Subject:
    return weights_in(call.machine.state, values)
