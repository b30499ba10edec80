"""What accelerators, fabrics and trainers do with what they are given, and what they call themselves."""

from __future__ import annotations

from torchlint.facts.answer import Answer, Unknown
from torchlint.facts.event import (
    Clip,
)
from torchlint.facts.site import Site
from torchlint.knowledge.frameworks import EACH_BATCH, ENGINES, HOOKS, LOADER_HOOKS
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
from torchlint.source.paper.models import modes
from torchlint.source.paper.models.optimization import backward
from torchlint.source.paper.models.subjects import subjects_in
from torchlint.source.paper.python import sequences
from torchlint.source.paper.python.attributes import class_attribute
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import ATTRIBUTE
from torchlint.source.paper.state.containers import append, items_of, new_list, values_in


def framework_method(machine: Machine, owner: Value, name: str, arguments: Arguments, site: Site) -> Value:
    """A method of an accelerator, a fabric or a trainer."""
    match name:
        case "backward" | "manual_backward":
            loss = arguments.positional[0] if arguments.positional else None
            return backward(machine, loss, site, by_framework=True)
        case "optimizers" if isinstance(owner, Thing):
            return _configured(machine, owner)
        case "prepare" | "setup" | "setup_dataloaders" | "prepare_model" | "prepare_data_loader":
            return sequences.prepared(machine, arguments, site)
        case "clip_grad_norm_" | "clip_grad_value_" | "clip_gradients":
            machine.happen(
                Clip(
                    site=site,
                    via=tuple(machine.via),
                    subject=subjects_in(machine, arguments.get("parameters", 0)),
                    by_framework=True,
                )
            )
            return Opaque()
        case "run" if isinstance(owner, Thing) and owner.last in ENGINES:
            sequences.note_fit(machine, arguments, ENGINES[owner.last])
            for each in owner.arguments:
                modes.forget_mode(machine, each)
            return Opaque()
        case "fit" | "validate" | "test" | "predict" | "train" | "evaluate":
            sequences.note_fit(machine, arguments, name)
            return Opaque()
    return Opaque(from_call=True, name=name)


def _configured(machine: Machine, module: Thing) -> Value:
    """What `self.optimizers()` gives: those that `configure_optimizers` returns, one alone or several as a list."""
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
        several = new_list(machine.state, Ordered.LIST, module.site)
        for each in optimizers:
            append(machine.state, several, each, machine.site(machine.line))
        result = several
    machine.state.set(ATTRIBUTE, result, module.number, "optimizers()")
    return result


def recording_in(name: str) -> Answer:
    """Whether gradients are recorded in a method that a framework calls, by its name."""
    return HOOKS[name].gradients if name in HOOKS else Unknown


def is_called_for_each_batch(name: str) -> bool:
    """Whether a framework calls the method in its loop over the training batches."""
    return name in EACH_BATCH


def note_hook(machine: Machine, name: str, given: Value) -> None:
    """A framework called a method: the loaders that it gave are used as the method's name says."""
    use = LOADER_HOOKS.get(name)
    if use is None:
        return
    for each in items_of(machine.state, given) if isinstance(given, Many) else options(given):
        if isinstance(each, Thing) and each.kind is Kind.LOADER:
            machine.loader_use.setdefault(each.number, set()).update((use, "by framework"))
