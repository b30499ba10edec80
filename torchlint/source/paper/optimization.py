"""The optimisation step on paper: optimizers, schedulers, scalers and backward."""

from __future__ import annotations

from torchlint.facts.answer import No, Yes
from torchlint.facts.event import (
    Backward,
    Clear,
    ScalerUpdate,
    Schedule,
    Step,
    Unscale,
)
from torchlint.facts.loss import Origin
from torchlint.facts.site import Site
from torchlint.facts.subject import ANYBODY
from torchlint.knowledge.training import KEEP_IDENTITY_METHODS
from torchlint.source.paper.library import periodic
from torchlint.source.paper.machine import Machine
from torchlint.source.paper.subjects import of_optimizer, subject_of
from torchlint.source.paper.values import (
    Arguments,
    Literal,
    Opaque,
    TensorValue,
    Thing,
    Value,
    options,
)


def clear(machine: Machine, owner: Value, site: Site) -> Value:
    """Gradients are cleared by a method of `owner`."""
    subject = owner.subject if isinstance(owner, Thing) and owner.kind == "optimizer" else subject_of(owner)
    if isinstance(owner, Opaque) and owner.name == "grad":
        subject = ANYBODY
    elif isinstance(owner, Thing) and owner.kind == "optimizer":
        subject = of_optimizer(owner)
    machine.happen(Clear(site=site, via=tuple(machine.via), subject=subject, periodic=periodic(machine)))
    return Literal(value=None)


def optimizer_method(machine: Machine, owner: Value, name: str, arguments: Arguments, site: Site) -> Value:
    """A method of an optimizer."""
    if name == "zero_grad":
        return clear(machine, owner, site)
    if name != "step":
        return Opaque() if name not in KEEP_IDENTITY_METHODS else owner
    closure = arguments.get("closure", 0)
    given = closure is not None and not (isinstance(closure, Literal) and closure.value is None)
    if given and closure is not None:
        from torchlint.source.paper.calls import call_value

        call_value(machine, closure, Arguments(), site)
    _note_batches_stepped(machine)
    machine.happen(
        Step(
            site=site,
            via=tuple(machine.via),
            optimizer=owner.number,
            name=owner.last if isinstance(owner, Thing) else getattr(owner, "name", "optimizer"),
            subject=of_optimizer(owner),
            closure=Yes if given else No,
            periodic=periodic(machine),
        )
    )
    return Opaque()


def schedule(machine: Machine, owner: Value, arguments: Arguments, site: Site) -> Value:
    """`scheduler.step(...)`."""
    optimizer = owner.arguments.get("optimizer", 0) if isinstance(owner, Thing) else None
    machine.happen(
        Schedule(
            site=site,
            via=tuple(machine.via),
            scheduler=owner.last if isinstance(owner, Thing) else "",
            optimizer=optimizer.number if isinstance(optimizer, Thing) else None,
            metric=Yes if arguments.positional or "metrics" in arguments.keywords else No,
            epoch_given=Yes if arguments.positional or "epoch" in arguments.keywords else No,
            periodic=periodic(machine),
        )
    )
    return Opaque()


def scaler_method(machine: Machine, owner: Value, name: str, arguments: Arguments, site: Site) -> Value:
    """A method of a GradScaler."""
    first = arguments.positional[0] if arguments.positional else None
    via = tuple(machine.via)
    match name:
        case "scale":
            if isinstance(first, TensorValue):
                return first.but(scaled=Yes)
            return TensorValue(origin=Origin.LOSS, scaled=Yes, subject=ANYBODY)
        case "unscale_":
            machine.happen(Unscale(site=site, via=via, subject=of_optimizer(first) if first else ANYBODY))
        case "update":
            machine.happen(ScalerUpdate(site=site, via=via))
        case "step" if first is not None:
            _note_batches_stepped(machine)
            for each in options(first):
                machine.happen(
                    Step(
                        site=site,
                        via=via,
                        optimizer=each.number,
                        name=each.last if isinstance(each, Thing) else "optimizer",
                        subject=of_optimizer(each),
                        scaler=Yes,
                        periodic=periodic(machine),
                    )
                )
    return Opaque()


def framework_backward(machine: Machine, arguments: Arguments, site: Site) -> Value:
    """A framework runs backward on the loss that it is given."""
    loss = arguments.positional[0] if arguments.positional else None
    machine.happen(
        Backward(
            site=site,
            via=tuple(machine.via),
            subject=loss.subject if isinstance(loss, TensorValue) else ANYBODY,
            by_framework=True,
        )
    )
    return Literal(value=None)


def _note_batches_stepped(machine: Machine) -> None:
    for loader in machine.awaiting_step:
        machine.loader_use.setdefault(loader, set()).add("trains")
    machine.awaiting_step.clear()


def note_batch_trained(machine: Machine, loss: TensorValue) -> None:
    """A backward was run on what a batch gave: the loader trains if a step follows."""
    if loss.loader >= 0:
        machine.awaiting_step.add(loss.loader)
    if loss.drawn is not None and loss.drawn in machine.draws:
        machine.draws[loss.drawn]["trained"] = len(machine.loops)
