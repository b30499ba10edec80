"""Layers, losses and parameters: how they are built, and the methods of modules."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Yes
from torchlint.facts.event import Forward, ModeArgument, SwitchMode
from torchlint.facts.loss import Origin
from torchlint.facts.run import Prediction
from torchlint.knowledge.layers import CONTAINERS, LAYERS
from torchlint.knowledge.losses import LOSSES
from torchlint.knowledge.names import is_flag_name
from torchlint.knowledge.training import KEEP_IDENTITY_METHODS, MOVES
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import (
    Arguments,
    Kind,
    Literal,
    Many,
    Opaque,
    Ordered,
    Parameters,
    SavedMode,
    Table,
    Thing,
    Value,
    Weights,
    options,
)
from torchlint.source.paper.models.declaration import Call, Function, Method, Models, receiver
from torchlint.source.paper.models.torch import averages, modes
from torchlint.source.paper.models.torch.forward import run_forward
from torchlint.source.paper.models.torch.freezing import set_gradients
from torchlint.source.paper.models.torch.layers import layer_of
from torchlint.source.paper.models.torch.subjects import subject_of
from torchlint.source.paper.occurrences.layers import LayersAdded
from torchlint.source.paper.occurrences.training import StateLoaded, WeightsKept, WeightsSet, WeightsUsed
from torchlint.source.paper.python.attributes import register, set_attribute
from torchlint.source.paper.python.iteration.repetition import comes_again
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import ATTRIBUTE, BUFFER, FROZEN, LOADED, OPEN
from torchlint.source.paper.state.containers import fill, items_of, new_list, table_of
from torchlint.source.paper.state.objects import add_child

MODELS = Models()
# Functions of old, in `torch.nn._functions`, have the names of layers.
_PLACES = "torch.nn torch.nn.[!_f]* torch.*.nn torch.*.nn.*"

MODELS.declare(Function(LOSSES, within=_PLACES, builds=Kind.LOSS))


@MODELS.function(LAYERS, within=_PLACES, builds=Kind.LAYER)
def layer(call: Call) -> Value:
    """A layer of torch, which holds the layers that it is given."""
    made = call.build()
    adopt(call.machine, made, call.arguments)
    return made


def adopt(machine: Machine, made: Thing, arguments: Arguments) -> None:
    """Register the layers that a container is given."""
    given: list[Value] = []
    for argument in arguments.positional:
        held = options(argument)
        if not any(isinstance(each, (Many, Table)) for each in held):
            given.append(argument)
        for each in held:
            if isinstance(each, Many):
                given += items_of(machine.state, each)
            elif isinstance(each, Table):
                given += table_of(machine.state, each).values()
    machine.tell(LayersAdded(made, tuple(given)))
    offset = len(machine.children_of(made))
    for index, each in enumerate(given):
        if isinstance(each, Many):
            each = (items_of(machine.state, each) or [each])[-1]
        if type(each) is Opaque and made.last in CONTAINERS:
            add_child(machine.state, made, str(index + offset), each)
        register(machine, made, str(index + offset), each)


@MODELS.function("torch.nn.Parameter torch.nn.parameter.Parameter", "data, requires_grad", builds=Kind.PARAMETER)
def parameter(call: Call) -> Value:
    """A parameter; one that asks for no gradients is frozen."""
    made = Thing(kind=Kind.PARAMETER, dotted="torch.nn.Parameter", arguments=call.arguments, site=call.site)
    if call.says("requires_grad", default=Yes) is No:
        call.machine.state.set(FROZEN, Yes, made.number)
    return made


@MODELS.method(Kind.PARAMETER, "requires_grad_", "requires_grad")
def ask_parameter(call: Call) -> Value:
    """`parameter.requires_grad_(...)`."""
    frozen = Answer.of(call.says("requires_grad", default=Yes) is No)
    call.machine.state.set(FROZEN, frozen, call.receiver.number)
    return call.receiver


@MODELS.method(Kind.PARAMETER, MOVES | {"detach", "clone"})
def moved_parameter(call: Call) -> Value:
    """What is moved or copied is a parameter no more."""
    frozen = call.machine.state.get(FROZEN, call.receiver.number)
    return TensorValue(trainable=~frozen, origin=Origin.UNKNOWN, moved=True)


def mode_asked(name: str, arguments: Arguments) -> Answer:
    """The mode that `train(...)` or `eval()` asks for."""
    return No if name == "eval" else arguments.says("mode", 0, default=Yes)


@MODELS.method(Kind.LAYER, "train", "mode", emits=SwitchMode)
@MODELS.method(Kind.LAYER, "eval", emits=SwitchMode)
def switch_mode(call: Call) -> Value:
    """`model.train()` and `model.eval()`; of a batch that is given to `train`, the model was to be run on it."""
    machine, owner = call.machine, call.receiver
    training = mode_asked(call.name, call.arguments)
    argument = ModeArgument.NONE
    given = call.given("mode") if call.takes else None
    if given is not None:
        is_flag = isinstance(given, Literal) or any(map(is_flag_name, machine.names_of(given)))
        argument = ModeArgument.FLAG if is_flag else ModeArgument.UNKNOWN
        if isinstance(given, TensorValue):
            argument, training = ModeArgument.BATCH, Yes
    switch = SwitchMode(site=call.site, via=call.via, model=layer_of(machine, owner), argument=argument)
    modes.switch_mode(machine, owner, training, call.site)
    if isinstance(given, SavedMode):
        modes.restore(machine, given)
    call.emit(switch)
    if argument is ModeArgument.BATCH:
        return TensorValue(origin=Origin.OUTPUT, subject=subject_of(machine.state, owner))
    return owner


@MODELS.method(Kind.LAYER, "forward", emits=Forward)
def forward(call: Call) -> Value:
    """`model.forward(...)`."""
    return run_forward(call.machine, call.receiver, call.arguments, call.site)


@MODELS.method((Kind.LAYER, Kind.OBJECT, Kind.DATASET), "parameters named_parameters")
def parameters(call: Call) -> Value:
    """The parameters of a model, or of an object that may have some."""
    return Parameters(subject=subject_of(call.machine.state, call.receiver))


MODELS.declare(Method(Kind.LAYER, "values items"))


@MODELS.method(Kind.LAYER, "buffers named_buffers children modules named_children named_modules")
def inner_parts(call: Call) -> Value:
    """The buffers of a model, or the modules that hold them: they may be set."""
    averages.refresh(call.machine, call.receiver)
    return Opaque()


@MODELS.method(Kind.LAYER, "add_module register_module", "name, module")
@MODELS.method(Kind.LAYER, "append insert")
def add_module(call: Call) -> Value:
    """A part is registered on a module, under a name or at the end."""
    machine, owner = call.machine, call.thing
    value = call.arguments.positional[-1] if call.arguments.positional else call.arguments.get("module")
    key = call.given("name") if call.takes else None
    label = str(key.value) if isinstance(key, Literal) else str(len(machine.children_of(owner)))
    if value is not None:
        register(machine, owner, label, value)
    for each in options(value) if value is not None else ():
        if not isinstance(each, Thing):
            machine.state.set(OPEN, True, owner.number)
        if key is None and comes_again(machine, each):
            register(machine, owner, str(len(machine.children_of(owner))), each)
            machine.tell(LayersAdded(owner, (each, each)))
        if isinstance(key, Literal):
            machine.state.set(ATTRIBUTE, each, owner.number, label)
    return owner


@MODELS.method(Kind.LAYER, "extend", "modules")
def extend(call: Call) -> Value:
    """Several parts are registered at the end."""
    adopt(call.machine, call.thing, call.arguments)
    return call.receiver


@MODELS.method(Kind.LAYER, "register_buffer", "name, tensor, persistent")
def register_buffer(call: Call) -> Value:
    """`module.register_buffer(name, tensor)`."""
    name = call.given("name")
    if isinstance(name, Literal):
        call.machine.state.set(BUFFER, Yes, call.receiver.number, str(name.value))
    return Literal(value=None)


@MODELS.method(Kind.LAYER, "register_parameter", "name, param")
def register_parameter(call: Call) -> Value:
    """`module.register_parameter(name, parameter)`."""
    name, value = call.given("name"), call.given("param")
    if isinstance(name, Literal) and value is not None:
        set_attribute(call.machine, call.receiver, str(name.value), value, call.site)
    return Literal(value=None)


@MODELS.method(Kind.LAYER, "load_state_dict", "state_dict, strict", emits=Prediction)
def load_weights(call: Call) -> Value:
    """Weights are read into a model."""
    given = call.given("state_dict")
    if given is not None:
        call.machine.tell(WeightsUsed(given, into=call.receiver))
    call.machine.tell(StateLoaded(call.receiver))
    call.machine.tell(WeightsSet())
    averages.refresh(call.machine, call.receiver)
    call.machine.state.set(LOADED, Yes, call.receiver.number)
    return Opaque()


@MODELS.method(Kind.LAYER, "state_dict")
def weights(call: Call) -> Value:
    """The weights of a model, by name."""
    machine = call.machine
    machine.memory.effects += 1
    given = Weights(name=call.name, from_call=True, model=call.receiver)
    machine.tell(WeightsKept(given, machine.site(machine.place.line)))
    return given


@MODELS.method(Weights, "values")
def weight_values(call: Call) -> Value:
    """Weights one by one: each may be set, those that are buffers too."""
    if isinstance(call.receiver, Weights):
        averages.refresh(call.machine, call.receiver.model)
    return call.receiver


@MODELS.method(Weights, "items")
def weight_items(call: Call) -> Value:
    """Names and weights, so many as nobody knows: one pair stands for all."""
    state = call.machine.state
    weight_values(call)
    pair = new_list(state, Ordered.TUPLE, call.site)
    fill(state, pair, [Opaque(), call.receiver], call.site)
    pairs = new_list(state, Ordered.LIST, call.site)
    fill(state, pairs, [pair], call.site)
    state.set(OPEN, True, pairs.number)
    return pairs


MODELS.declare(
    Method(Weights, "copy detach", gives=receiver),
    Method(Weights, MOVES | {"clone", "numpy"}),
)


@MODELS.method((Kind.LAYER, Kind.LOSS), "requires_grad_", "requires_grad")
def ask_module(call: Call) -> Value:
    """`module.requires_grad_(False)` freezes a module."""
    set_gradients(call.machine, (call.receiver.number,), call.given("requires_grad"), call.site)
    return call.receiver


@MODELS.method(Parameters, "requires_grad_", "requires_grad")
def ask_parameters(call: Call) -> Value:
    """`parameter.requires_grad_(False)` of each parameter of a module."""
    set_gradients(
        call.machine, subject_of(call.machine.state, call.receiver).own, call.given("requires_grad"), call.site
    )
    return call.receiver


@MODELS.method((Kind.LAYER, Kind.LOSS), "apply", "fn")
def apply(call: Call) -> Value:
    """`module.apply(function)`, by which weights are initialised."""
    call.machine.tell(WeightsSet())
    return call.receiver


MODELS.declare(
    Method((Kind.LAYER, Kind.LOSS), KEEP_IDENTITY_METHODS - {"requires_grad_", "apply"}, gives=receiver),
)
