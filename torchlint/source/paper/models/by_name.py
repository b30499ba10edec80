"""What a name suggests, where nothing else is known: the resolver of last resort."""

from __future__ import annotations

from collections.abc import Callable

from torchlint.facts.answer import No, Unknown
from torchlint.facts.event import Handed, Unseen, WritesGradient, WritesWeights
from torchlint.facts.loss import Origin
from torchlint.facts.site import Site
from torchlint.facts.subject import Subject
from torchlint.knowledge.names import (
    mentions_model,
    names_loss,
    names_model,
    names_optimizer,
    names_scaler,
    names_scheduler,
)
from torchlint.knowledge.training import KEEP_IDENTITY_METHODS
from torchlint.source.paper.domain.tensor import Cut, TensorValue, loaders_of, sources_of
from torchlint.source.paper.domain.values import Arguments, Kind, Opaque, Parameters, Thing, Value
from torchlint.source.paper.models.declaration import Call
from torchlint.source.paper.models.registry import method_for
from torchlint.source.paper.models.tensors import losses
from torchlint.source.paper.models.torch import modes
from torchlint.source.paper.models.torch.autograd import backward
from torchlint.source.paper.models.torch.forward import emit_forward, forward_on
from torchlint.source.paper.models.torch.optim import clear
from torchlint.source.paper.models.torch.subjects import subject_of
from torchlint.source.paper.models.unread import unread_call
from torchlint.source.paper.python.attributes import WEIGHTS, attribute
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import READ_FROM

_NAMED: dict[Kind, Callable[[str], bool]] = {
    Kind.SCHEDULER: names_scheduler,
    Kind.SCALER: names_scaler,
    Kind.OPTIMIZER: names_optimizer,
    Kind.LAYER: mentions_model,
    Kind.LOSS: names_loss,
}
"""Whether a name says that something is of a kind."""
_TELLING = {
    "step": (Kind.SCHEDULER, Kind.SCALER, Kind.OPTIMIZER),
    "scale": (Kind.SCALER,),
    "unscale_": (Kind.SCALER,),
    "update": (Kind.SCALER,),
    "forward": (Kind.LAYER,),
    "state_dict": (Kind.SCHEDULER, Kind.SCALER, Kind.OPTIMIZER, Kind.LAYER),
    "load_state_dict": (Kind.SCHEDULER, Kind.SCALER, Kind.OPTIMIZER),
}
"""Methods of several kinds of objects, and the kinds for which the name of the object decides."""
_OF_ONE_KIND = {
    "zero_grad": Kind.OPTIMIZER,
    "load_state_dict": Kind.LAYER,
    "set_epoch": Kind.SAMPLER,
}
"""Methods that tell by themselves of what kind the object is."""


def call_unknown(machine: Machine, callee: Value, arguments: Arguments, site: Site) -> Value:
    """Call something of which only the name is known: a model, a loss, or whatever it may be."""
    name = called(machine, callee)
    # What was read by torch from a file and can be called is a model.
    is_model = names_model(name) or machine.state.get(READ_FROM, callee.number) is not None
    if is_model and _takes_tensor(arguments):
        return _run_model(machine, callee, arguments, site)
    if any(each.number in machine.memory.asking for each in arguments):
        machine.happen(Unseen(site=site, via=tuple(machine.via), handed=frozenset((Handed.INPUT,))))
    if names_loss(name) and not names_scaler(name) and _has_tensor(arguments):
        return losses.result(machine, list(arguments), "")
    return unread_call(machine, name, arguments, site)


def _run_model(machine: Machine, model: Value, arguments: Arguments, site: Site) -> Value:
    if not machine.place.forward_depth:
        emit_forward(machine, model, forward_on(machine, model, arguments, site), arguments)
    modes.keep_recording(machine)
    graph = modes.gradients(machine)
    given = [each for each in arguments if isinstance(each, TensorValue)]
    return TensorValue(
        origin=Origin.OUTPUT,
        subject=subject_of(machine.state, model),
        graph=graph,
        cut=Cut(site, by_mode=True) if graph is No else None,
        loaders=loaders_of(given),
        sources=sources_of(given),
        output_of=(model.number, ""),
    )


def called(machine: Machine, value: Value) -> str:
    """The name by which something is known: what an unread call gave goes by a variable that holds it and says more."""
    name: str = getattr(value, "name", "")
    if isinstance(value, Opaque) and value.from_call:
        return next((each for each in sorted(machine.names_of(value)) if _tells_role(each)), name)
    return name


def _tells_role(name: str) -> bool:
    return names_model(name) or any(says(name) for kind, says in _NAMED.items() if kind is not Kind.LAYER)


def _takes_tensor(arguments: Arguments) -> bool:
    return any(isinstance(each, (TensorValue, Opaque)) for each in arguments) or arguments.unknown


def _has_tensor(arguments: Arguments) -> bool:
    return any(isinstance(each, TensorValue) for each in arguments)


def call_method(call: Call) -> Value:
    """Call a method of something of which no more than its name is known."""
    name, arguments = call.name, call.arguments
    owner = call.receiver
    kind = _kind_suggested(call)
    if kind is not None:
        model = method_for(call, kind)
        if model is not None:
            return model.answer(call)
    match name:
        case "backward":
            if isinstance(call.first, TensorValue):
                return backward(
                    call.machine, call.first, call.site, by_framework=True, may_clear=True, accumulates=Unknown
                )
            return backward(call.machine, owner, call.site)
        case "parameters" | "named_parameters":
            return Parameters(subject=Subject(frozenset((owner.number,))))
        case _ if name in KEEP_IDENTITY_METHODS and not isinstance(owner, Thing):
            return owner
        case "clamp_" | "copy_" | "add_" | "sub_" | "mul_" | "div_":
            return _write(call)
        case "zero_" if called(call.machine, owner) == "grad":
            return clear(call)
        case _ if names_loss(name) and not names_model(name) and _has_tensor(arguments):
            return losses.result(call.machine, list(arguments), "")
    return part_of_model(call) or unread_call(call.machine, name, arguments, call.site)


def _kind_suggested(call: Call) -> Kind | None:
    """What an object is taken to be for one of its methods."""
    name = called(call.machine, call.receiver)
    kinds = _TELLING.get(call.name, ())
    suggested = next((kind for kind in kinds if _NAMED[kind](name)), None)
    if call.name in ("train", "eval") and not call.arguments.unknown and len(call.arguments.positional) <= 1:
        return Kind.LAYER if mentions_model(name) or not call.arguments.positional else None
    return suggested or _OF_ONE_KIND.get(call.name)


def _write(call: Call) -> Value:
    """Gradients or weights are changed in place."""
    match called(call.machine, call.receiver):
        case "grad" | "data":
            call.emit(WritesGradient(site=call.site, via=call.via))
        case name if name in (WEIGHTS, "weight"):
            call.emit(WritesWeights(site=call.site, via=call.via))
    return Opaque()


def part_of_model(call: Call) -> Value | None:
    """A method that is named as a model and is given tensors, such as `net.encoder(x)`, runs a part of one."""
    if not (names_model(call.name) and _has_tensor(call.arguments)):
        return None
    part = attribute(call.machine, call.receiver, call.name)
    return call_unknown(call.machine, part, call.arguments, call.site)
