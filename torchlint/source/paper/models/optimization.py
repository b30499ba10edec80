"""The optimisation step on paper: optimizers, schedulers, scalers and backward."""

from __future__ import annotations

from dataclasses import replace

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import (
    Backward,
    Clear,
    Scale,
    ScalerUpdate,
    Schedule,
    Step,
    Unscale,
)
from torchlint.facts.loss import Origin
from torchlint.facts.site import Site
from torchlint.facts.subject import ANYBODY
from torchlint.knowledge.training import KEEP_IDENTITY_METHODS
from torchlint.source.paper.detect.holding import note_step
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import (
    Arguments,
    Choice,
    Kind,
    Literal,
    Opaque,
    Routine,
    Thing,
    Value,
    opaque_named,
    options,
)
from torchlint.source.paper.models.graphs import run_backward
from torchlint.source.paper.models.subjects import of_optimizer, subject_of, subjects_in
from torchlint.source.paper.models.words import cadence_of, named_as
from torchlint.source.paper.python.conditions import periodic
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import GROUPS


def clear(machine: Machine, owner: Value, site: Site) -> Value:
    """Gradients are cleared by a method of `owner`."""
    subject = subject_of(machine.state, owner)
    if isinstance(owner, Opaque) and owner.name == "grad":
        subject = ANYBODY
    elif isinstance(owner, Thing) and owner.kind is Kind.OPTIMIZER:
        subject = of_optimizer(machine.state, owner)
    machine.happen(
        Clear(
            site=site,
            via=tuple(machine.via),
            subject=subject,
            optimizer=_optimizer_of(machine, owner),
            periodic=periodic(machine),
        )
    )
    return Literal(value=None)


def _optimizer_of(machine: Machine, owner: Value) -> int | None:
    """The optimizer that clears, or one that was built for the model that does."""
    if isinstance(owner, Thing) and owner.kind is Kind.OPTIMIZER:
        return owner.number
    if isinstance(owner, Opaque) and named_as("optimizer", owner.name):
        return owner.number
    return next(
        (each.number for each in machine.optimizers if owner.number in machine.state.get(GROUPS, each.number).own), None
    )


def optimizer_method(machine: Machine, owner: Value, name: str, arguments: Arguments, site: Site) -> Value:
    """A method of an optimizer."""
    if name == "zero_grad":
        return clear(machine, owner, site)
    if name == "add_param_group" and isinstance(owner, Thing):
        held = machine.state.get(GROUPS, owner.number) | subjects_in(machine, arguments.get("param_group", 0))
        machine.state.set(GROUPS, held, owner.number)
    if name == "load_state_dict":
        machine.weights_set += 1
    if name != "step":
        return Opaque() if name not in KEEP_IDENTITY_METHODS else owner
    closure = arguments.get("closure", 0)
    given = closure is not None and not (isinstance(closure, Literal) and closure.value is None)
    if given and closure is not None:
        machine.call_value(closure, Arguments(), site)
    machine.change_parameters()
    note_step(machine, owner)
    machine.trained = True
    machine.happen(
        Step(
            site=site,
            via=tuple(machine.via),
            optimizer=owner.number,
            subject=of_optimizer(machine.state, owner),
            closure=_followed(owner, closure) if given else No,
            periodic=periodic(machine),
        )
    )
    return Opaque()


def _followed(optimizer: Value, closure: Value | None) -> Answer:
    """Whether all that a step does with its closure was seen: torch's own optimizers only call it."""
    torchs = isinstance(optimizer, Thing) and optimizer.of is None and optimizer.dotted.startswith("torch.")
    return Yes if torchs and isinstance(closure, Routine) else Unknown


def told_apart(several: Choice) -> tuple[Value, ...]:
    """The values that may be meant; of schedulers of several kinds it is not known which one is stepped."""
    schedulers = {each.last for each in several.options if isinstance(each, Thing) and each.kind is Kind.SCHEDULER}
    return (opaque_named("scheduler"),) if len(schedulers) > 1 else options(several)


def schedule(machine: Machine, owner: Value, arguments: Arguments, site: Site) -> Value:
    """`scheduler.step(...)`; of an optimizer that is one of several, each is told of."""
    given = owner.arguments.get("optimizer", 0) if isinstance(owner, Thing) else None
    optimizers = [each for each in options(given) if isinstance(each, Thing)] if given is not None else []
    for optimizer in optimizers or (None,):
        machine.happen(_scheduled(machine, owner, optimizer, arguments, site))
    return Opaque()


def _scheduled(machine: Machine, owner: Value, optimizer: Thing | None, arguments: Arguments, site: Site) -> Schedule:
    return Schedule(
        site=site,
        via=tuple(machine.via),
        scheduler=owner.last if isinstance(owner, Thing) else "",
        optimizer=optimizer.number if optimizer is not None else None,
        cadence=cadence_of(owner) if isinstance(owner, Thing) else "either",
        metric=Yes if arguments.positional or "metrics" in arguments.keywords else No,
        epoch_given=Yes if arguments.positional or "epoch" in arguments.keywords else No,
        periodic=periodic(machine),
    )


def scaler_method(machine: Machine, owner: Value, name: str, arguments: Arguments, site: Site) -> Value:
    """A method of a GradScaler."""
    first = arguments.positional[0] if arguments.positional else None
    via = tuple(machine.via)
    match name:
        case "scale":
            machine.happen(Scale(site=site, via=via))
            if isinstance(first, TensorValue):
                return first.but(scaled=Yes)
            return TensorValue(origin=Origin.LOSS, scaled=Yes, subject=ANYBODY)
        case "unscale_":
            machine.happen(
                Unscale(site=site, via=via, subject=of_optimizer(machine.state, first) if first else ANYBODY)
            )
        case "update":
            machine.happen(ScalerUpdate(site=site, via=via))
        case "step" if first is not None:
            machine.change_parameters()
            machine.trained = True
            for each in options(first):
                note_step(machine, each)
                machine.happen(
                    Step(
                        site=site,
                        via=via,
                        optimizer=each.number,
                        subject=of_optimizer(machine.state, each),
                        scaler=Yes,
                        periodic=periodic(machine),
                    )
                )
    return Opaque()


def backward(
    machine: Machine, loss: Value | None, site: Site, *, by_framework: bool = False, may_clear: bool = False
) -> Value:
    """Backward is run on a loss, by its own method, by a function or by a framework that is given it."""
    machine.trained = True
    tensor = next((each for each in options(loss) if isinstance(each, TensorValue)), None) if loss else None
    event = Backward(
        site=site,
        via=tuple(machine.via),
        by_framework=by_framework,
        may_clear=may_clear,
        periodic=periodic(machine),
    )
    if tensor is not None:
        cut = tensor.cut if tensor.graph is No else None
        event = replace(
            event,
            subject=tensor.subject if tensor.subject.own else ANYBODY,
            graph=tensor.graph,
            cut=cut.site if cut else None,
            gradients=Yes if tensor.graph is Yes else No if cut and cut.by_mode else Unknown,
            scaled=tensor.scaled,
            divided=tensor.divided,
        )
        run_backward(machine, tensor)
        note_batch_trained(machine, tensor)
    machine.happen(event)
    return Literal(value=None)


def note_batch_trained(machine: Machine, loss: TensorValue) -> None:
    """A backward was run on what a batch gave: the loader trains if a step follows."""
    if loss.loader >= 0:
        machine.awaiting_step.add(loss.loader)
    if loss.drawn is not None and loss.drawn in machine.draws:
        machine.draws[loss.drawn]["trained"] = len(machine.loops)
