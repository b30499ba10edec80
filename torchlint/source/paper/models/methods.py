"""Methods of torch's objects on paper, and of objects of which only the name is known."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Yes
from torchlint.facts.event import (
    Clip,
    SetEpoch,
    SwitchMode,
    WritesGradient,
    WritesWeights,
)
from torchlint.facts.loss import Origin
from torchlint.facts.site import Site
from torchlint.facts.subject import Subject
from torchlint.knowledge.training import KEEP_IDENTITY_METHODS
from torchlint.source.paper.detect import predictions, seeding
from torchlint.source.paper.domain.tensor import Cut, TensorValue, loaders_of
from torchlint.source.paper.domain.values import (
    Arguments,
    Kind,
    Literal,
    Many,
    Opaque,
    Parameters,
    SavedMode,
    Table,
    Thing,
    Value,
    options,
)
from torchlint.source.paper.models import losses, modes
from torchlint.source.paper.models.construction import adopt
from torchlint.source.paper.models.forward import run_forward, tell_forward
from torchlint.source.paper.models.frameworks import framework_method
from torchlint.source.paper.models.layers import layer_of
from torchlint.source.paper.models.optimization import (
    backward,
    clear,
    optimizer_method,
    scaler_method,
    schedule,
)
from torchlint.source.paper.models.subjects import subject_of, subjects_in
from torchlint.source.paper.models.tensor_methods import tensor_method
from torchlint.source.paper.models.unread import unread_call
from torchlint.source.paper.models.words import (
    is_flag_name,
    named_as,
)
from torchlint.source.paper.python import sequences
from torchlint.source.paper.python.attributes import WEIGHTS, attribute, register, set_attribute
from torchlint.source.paper.python.builtins import call_builtin
from torchlint.source.paper.python.classes import is_framework_class
from torchlint.source.paper.python.elements import loader_of
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.python.occurrences import LayersAdded
from torchlint.source.paper.python.repetition import comes_again
from torchlint.source.paper.state.cells import ATTRIBUTE, BUFFER, FROZEN, OPEN

DRAWING = {"__iter__": "iter", "__next__": "next", "next": "next"}
"""Methods by which batches are drawn of a loader, as with the built-in functions; `next` is that of older releases."""


def call_library_method(machine: Machine, owner: Value, name: str, arguments: Arguments, site: Site) -> Value:
    """Call a method that is not the project's own."""
    if name in DRAWING and not arguments.positional and loader_of(machine, owner) is not None:
        return call_builtin(machine, DRAWING[name], Arguments([owner]), site)
    match owner:
        case Many():
            return sequences.list_method(machine, owner, name, arguments, site)
        case Table():
            return sequences.table_method(machine, owner, name, arguments, site)
        case TensorValue():
            return tensor_method(machine, owner, name, arguments, site)
        case Parameters():
            if name == "register_hook":
                machine.hooks.append(Clip(site=site, via=tuple(machine.via), subject=owner.subject))
            return owner
        case Thing():
            seeding.note_method(machine, "", name)
            return _thing_method(machine, owner, name, arguments, site)
        case Literal():
            # What began as a number may have become a loss where nobody could look.
            return backward(machine, owner, site) if name == "backward" else Opaque()
    seeding.note_method(machine, getattr(owner, "name", ""), name)
    return _opaque_method(machine, owner, name, arguments, site)


def _thing_method(machine: Machine, owner: Thing, name: str, arguments: Arguments, site: Site) -> Value:
    match owner.kind, name:
        case Kind.LAYER, "train" | "eval":
            return _switch(machine, owner, name, arguments, site)
        case Kind.LAYER, "forward":
            return run_forward(machine, owner, arguments, site)
        case Kind.LAYER, "zero_grad":
            return clear(machine, owner, site)
        case ((Kind.LAYER | Kind.OBJECT | Kind.DATASET), "parameters" | "named_parameters"):
            return Parameters(subject=subject_of(machine.state, owner))
        case Kind.LAYER, "children" | "modules" | "named_children" | "named_modules" | "values" | "items":
            return Opaque()
        case Kind.LAYER, "append" | "add_module" | "register_module" | "insert":
            return _add_module(machine, owner, name, arguments)
        case Kind.LAYER, "extend":
            adopt(machine, owner, arguments)
            return owner
        case Kind.LAYER, "register_buffer" | "register_parameter":
            return _register_tensor(machine, owner, name, arguments, site)
        case Kind.LAYER, "load_state_dict":
            predictions.note_loaded(machine, owner)
            return Opaque()
        case ((Kind.LAYER | Kind.LOSS), _) if name in KEEP_IDENTITY_METHODS:
            machine.weights_set += name == "apply"
            wanted = arguments.get("requires_grad", 0) if name == "requires_grad_" else None
            if isinstance(wanted, Literal) and not wanted.value:
                machine.state.set(FROZEN, Yes, owner.number)
            return owner
        case Kind.LAYER, "manual_backward" | "clip_gradients" | "optimizers" if owner.of and is_framework_class(
            owner.of
        ):
            return framework_method(machine, owner, name, arguments, site)
        case Kind.LAYER, "clip_grad_norm_":
            machine.happen(
                Clip(site=site, via=tuple(machine.via), subject=subject_of(machine.state, owner), by_framework=True)
            )
            return Opaque()
        case Kind.PARAMETER, "requires_grad_":
            wanted = arguments.get("requires_grad", 0)
            machine.state.set(FROZEN, Answer.of(isinstance(wanted, Literal) and wanted.value is False), owner.number)
            return owner
        case Kind.PARAMETER, _ if name in KEEP_IDENTITY_METHODS or name in ("detach", "clone"):
            return TensorValue(trainable=~machine.state.get(FROZEN, owner.number), origin=Origin.UNKNOWN, moved=True)
        case Kind.OPTIMIZER, _:
            return optimizer_method(machine, owner, name, arguments, site)
        case Kind.SCHEDULER, "step":
            return schedule(machine, owner, arguments, site)
        case Kind.SCALER, _:
            return scaler_method(machine, owner, name, arguments, site)
        case Kind.FRAMEWORK, _:
            return framework_method(machine, owner, name, arguments, site)
        case _, "set_epoch":
            return _set_epoch(machine, site)
        case Kind.OBJECT, _:
            return _opaque_method(machine, owner, name, arguments, site)
        case Kind.LAYER, _ if _names_model(name) and _has_batch(arguments):
            return call_opaque(machine, attribute(machine, owner, name), arguments, site)
    return unread_call(machine, name, arguments, site, harmless=owner.kind is Kind.LAYER)


def _set_epoch(machine: Machine, site: Site) -> Value:
    machine.streams.epochs_set.add(machine.entry)
    machine.happen(SetEpoch(site=site, via=tuple(machine.via)))
    return Literal(value=None)


def _register_tensor(machine: Machine, owner: Thing, name: str, arguments: Arguments, site: Site) -> Value:
    key = arguments.get("name", 0)
    value = arguments.get("param", 1)
    if isinstance(key, Literal) and name == "register_buffer":
        machine.state.set(BUFFER, Yes, owner.number, str(key.value))
    elif isinstance(key, Literal) and value is not None:
        set_attribute(machine, owner, str(key.value), value, site)
    return Literal(value=None)


def call_built(machine: Machine, callee: Thing, arguments: Arguments, site: Site) -> Value:
    """Call an object of a library."""
    if callee.kind is Kind.LOSS:
        return losses.compute(machine, callee.last, arguments, site, callee.arguments.get("reduction"))
    if callee.kind is Kind.TRANSFORM:
        given = arguments.positional[0] if arguments.positional else None
        if isinstance(given, TensorValue):
            return given.but(normalised=given.normalised or "ormalize" in callee.dotted)
        return TensorValue()
    return unread_call(machine, callee.last, arguments, site)


def call_opaque(machine: Machine, callee: Value, arguments: Arguments, site: Site) -> Value:
    """Call something of which only the name is known."""
    name = _called(machine, callee)
    if _names_model(name) and _takes_tensor(arguments):
        tell_forward(machine, callee, arguments, site) if not machine.forward_depth else None
        graph = modes.gradients(machine)
        cut = Cut(site, by_mode=True) if graph is No else None
        return TensorValue(
            origin=Origin.OUTPUT,
            subject=subject_of(machine.state, callee),
            graph=graph,
            cut=cut,
            loaders=loaders_of([each for each in arguments if isinstance(each, TensorValue)]),
            output_of=(callee.number, ""),
        )
    if named_as("loss", name) and not named_as("scaler", name) and _has_batch(arguments):
        return losses.result(machine, list(arguments), "")
    return unread_call(machine, name, arguments, site)


def _called(machine: Machine, value: Value) -> str:
    """The name by which something is known: what an unread call gave goes by a variable that holds it and says more."""
    name: str = getattr(value, "name", "")
    if isinstance(value, Opaque) and value.from_call:
        return next((each for each in sorted(machine.names_of(value)) if _tells_role(each)), name)
    return name


def _tells_role(name: str) -> bool:
    return _names_model(name) or any(named_as(role, name) for role in ("optimizer", "scheduler", "scaler", "loss"))


def _takes_tensor(arguments: Arguments) -> bool:
    return any(isinstance(each, (TensorValue, Opaque)) for each in arguments) or arguments.unknown


def _opaque_method(machine: Machine, owner: Value, name: str, arguments: Arguments, site: Site) -> Value:
    called = _called(machine, owner)
    match name:
        case "backward":
            if len(arguments.positional) and isinstance(arguments.positional[0], TensorValue):
                return backward(machine, arguments.positional[0], site, by_framework=True, may_clear=True)
            return backward(machine, owner, site)
        case "load_state_dict":
            predictions.note_loaded(machine, owner)
        case "zero_grad":
            return clear(machine, owner, site)
        case "step" if named_as("scheduler", called):
            return schedule(machine, owner, arguments, site)
        case "step" if named_as("scaler", called):
            return scaler_method(machine, owner, name, arguments, site)
        case "step" if named_as("optimizer", called):
            return optimizer_method(machine, owner, name, arguments, site)
        case "scale" | "unscale_" | "update" if named_as("scaler", called):
            return scaler_method(machine, owner, name, arguments, site)
        case "train" | "eval" if not arguments.unknown and len(arguments.positional) <= 1:
            if named_as("model", called) or not arguments.positional:
                return _switch(machine, owner, name, arguments, site)
        case "parameters" | "named_parameters":
            return Parameters(subject=Subject(frozenset((owner.number,))))
        case "clip_grad_norm_" | "clip_grad_value_" | "clip_gradients" | "clip_grad_norm":
            machine.happen(
                Clip(
                    site=site,
                    via=tuple(machine.via),
                    subject=subjects_in(machine, arguments.get("parameters", 0)),
                    by_framework=True,
                )
            )
            return Opaque()
        case "set_epoch":
            return _set_epoch(machine, site)
        case "forward" if named_as("model", called):
            return run_forward(machine, owner, arguments, site)
        case _ if name in KEEP_IDENTITY_METHODS and not isinstance(owner, Thing):
            return owner
        case "clamp_" | "copy_" | "add_" | "sub_" | "mul_" | "div_":
            if called in ("grad", "data"):
                machine.happen(WritesGradient(site=site, via=tuple(machine.via)))
            elif called in (WEIGHTS, "weight"):
                machine.happen(WritesWeights(site=site, via=tuple(machine.via)))
            return Opaque()
        case "zero_" if called == "grad":
            return clear(machine, owner, site)
        case _ if _names_model(name) and _has_batch(arguments):
            return call_opaque(machine, attribute(machine, owner, name), arguments, site)
        case _ if named_as("loss", name) and any(isinstance(each, TensorValue) for each in arguments):
            return losses.result(machine, list(arguments), "")
    return unread_call(machine, name, arguments, site)


def _names_model(name: str) -> bool:
    return named_as("model", name) and not named_as("not a model", name)


def _has_batch(arguments: Arguments) -> bool:
    return any(isinstance(each, TensorValue) for each in arguments)


def mode_argument(name: str, arguments: Arguments) -> Answer:
    """The mode that `train(...)` or `eval()` asks for."""
    return No if name == "eval" else arguments.says("mode", 0, default=Yes)


def _switch(machine: Machine, owner: Value, name: str, arguments: Arguments, site: Site) -> Value:
    training = mode_argument(name, arguments)
    argument = "none"
    given = arguments.get("mode", 0)
    if given is not None and name == "train":
        argument = (
            "flag" if isinstance(given, Literal) or any(map(is_flag_name, machine.names_of(given))) else "unknown"
        )
        if isinstance(given, TensorValue):
            argument, training = "batch", Yes
    switch = SwitchMode(site=site, via=tuple(machine.via), model=layer_of(machine, owner), argument=argument)
    modes.switch_mode(machine, owner, training, site)
    if isinstance(given, SavedMode) and name == "train":
        modes.restore(machine, given)
    machine.happen(switch)
    return TensorValue(origin=Origin.OUTPUT, subject=subject_of(machine.state, owner)) if argument == "batch" else owner


def _add_module(machine: Machine, owner: Thing, name: str, arguments: Arguments) -> Value:
    value = arguments.positional[-1] if arguments.positional else arguments.get("module")
    key = arguments.get("name", 0) if name in ("add_module", "register_module") else None
    label = str(key.value) if isinstance(key, Literal) else str(len(machine.children_of(owner)))
    if value is not None:
        register(machine, owner, label, value)
    for each in options(value) if value is not None else ():
        if not isinstance(each, Thing):
            machine.state.set(OPEN, True, owner.number)
        if key is None and comes_again(machine, each):
            register(machine, owner, str(len(machine.children_of(owner))), each)
            machine.tell(LayersAdded(owner, (each, each)))
        if key is not None and isinstance(key, Literal):
            machine.state.set(ATTRIBUTE, each, owner.number, label)
    return owner
