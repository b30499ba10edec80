"""Lightning: trainers and fabrics, and the methods of modules that Lightning calls or lends."""

from __future__ import annotations

from torchlint.facts.answer import Answer, Unknown
from torchlint.facts.event import Backward
from torchlint.knowledge.frameworks import EACH_BATCH, FRAMEWORK_OBJECTS, HOOKS, LOADER_HOOKS, LOSS_HOOKS
from torchlint.source.paper.domain.values import (
    UNSET,
    Arguments,
    Kind,
    Many,
    Opaque,
    Ordered,
    Routine,
    Thing,
    Value,
    opaque_named,
    options,
    present,
)
from torchlint.source.paper.models.declaration import Call, Function, Method, Models, arg
from torchlint.source.paper.models.fitting import backward_by_framework, go_through
from torchlint.source.paper.models.torch.clipping import clip
from torchlint.source.paper.occurrences.training import LossReturned
from torchlint.source.paper.python.attributes import class_attribute
from torchlint.source.paper.python.classes import is_framework_class
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import ATTRIBUTE
from torchlint.source.paper.state.containers import append, items_of, new_list, values_in

MODELS = Models()


def batches(machine: Machine, path: str) -> Opaque:
    """What a framework's own loop goes through, for the methods in a file: the batches of loaders that it was given."""
    return machine.modules.framework_batches.setdefault(path, opaque_named("batches"))


def _is_lightning_module(call: Call) -> bool:
    return isinstance(call.receiver, Thing) and call.receiver.of is not None and is_framework_class(call.receiver.of)


MODELS.declare(
    Function([name for name in FRAMEWORK_OBJECTS if "lightning" in name.partition(".")[0]], builds=Kind.FRAMEWORK),
    Method(
        Kind.FRAMEWORK,
        "clip_gradients",
        takes="module, optimizer",
        emits=clip(arg("module"), by_framework=True),
    ),
    Method(
        Kind.LAYER,
        "clip_gradients",
        takes="optimizer",
        when=_is_lightning_module,
        emits=clip(arg("optimizer"), by_framework=True),
    ),
)


MODELS.method(Kind.LAYER, "manual_backward", "loss", when=_is_lightning_module, emits=Backward)(backward_by_framework)


@MODELS.method(Kind.LAYER, "optimizers", when=_is_lightning_module)
def configured(call: Call) -> Value:
    """What `self.optimizers()` gives: those that `configure_optimizers` returns, one alone or several as a list."""
    machine, module = call.machine, call.thing
    kept = machine.state.get(ATTRIBUTE, module.number, "optimizers()")
    if kept is not UNSET:
        return present(kept)
    method = class_attribute(machine, module.of, "configure_optimizers") if module.of else None
    given: Value = Opaque(name="optimizers")
    if isinstance(method, Routine):
        with machine.aside(machine.state):
            given = machine.call_routine(method.bound_to(module), Arguments(), None)
    found = values_in(machine.state, given)
    optimizers = [each for each in found if isinstance(each, Thing) and each.kind is Kind.OPTIMIZER]
    result: Value = opaque_named("optimizer")
    if len(optimizers) == 1:
        result = optimizers[0]
    elif optimizers:
        result = several = new_list(machine.state, Ordered.LIST, module.site)
        for each in optimizers:
            append(machine.state, several, each, machine.site(machine.place.line))
    machine.state.set(ATTRIBUTE, result, module.number, "optimizers()")
    return result


def recording_in(name: str) -> Answer:
    """Whether gradients are recorded in a method that Lightning calls, by its name."""
    return HOOKS[name].gradients if name in HOOKS else Unknown


def is_called_for_each_batch(name: str) -> bool:
    """Whether Lightning calls the method in its loop over the training batches."""
    return name in EACH_BATCH


def train_with(machine: Machine, name: str, given: Value) -> None:
    """A framework called a method: it trains with the loss that one of this name returns."""
    if name in LOSS_HOOKS:
        machine.tell(LossReturned(given))


def use_loaders(machine: Machine, name: str, given: Value) -> None:
    """Lightning called a method: the loaders that it gave are used as the method's name says."""
    use = LOADER_HOOKS.get(name)
    if use is None:
        return
    for each in items_of(machine.state, given) if isinstance(given, Many) else options(given):
        if isinstance(each, Thing) and each.kind is Kind.LOADER:
            go_through(machine, each, trains=use == "trains")
