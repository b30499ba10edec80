"""Methods of tensors on paper: backward, cuts of the graph, activations, arithmetic."""

from __future__ import annotations

from torchlint.facts.answer import No
from torchlint.facts.event import (
    Backward,
)
from torchlint.facts.layer import Range
from torchlint.facts.site import Site
from torchlint.facts.subject import ANYBODY, NOBODY
from torchlint.source.paper import activations, modes
from torchlint.source.paper.library import periodic
from torchlint.source.paper.machine import Machine
from torchlint.source.paper.optimization import note_batch_trained
from torchlint.source.paper.values import (
    Arguments,
    Literal,
    Opaque,
    TensorValue,
    Value,
)
from torchlint.source.paper.words import (
    cuts_graph,
)


def tensor_method(machine: Machine, owner: TensorValue, name: str, arguments: Arguments, site: Site) -> Value:
    """A method of a tensor."""
    if name == "backward":
        subject = owner.subject if owner.subject.own else ANYBODY
        machine.happen(
            Backward(
                site=site,
                via=tuple(machine.via),
                subject=subject,
                graph=owner.graph,
                gradients=modes.gradients(machine),
                scaled=owner.scaled,
                divided=owner.divided,
                periodic=periodic(machine),
            )
        )
        note_batch_trained(machine, owner)
        return Literal(value=None)
    if cuts_graph(name):
        return owner.but(graph=No, subject=NOBODY)
    made = activations.apply(machine, name, owner, site)
    if made is not None:
        return made
    if name in ("div", "div_", "sub", "sub_", "add", "mul", "mul_", "true_divide"):
        from torchlint.source.paper.assignment import arithmetic

        operator = {"d": "/", "s": "-", "m": "*", "t": "/"}.get(name[0], "+")
        return arithmetic(machine, operator, [owner, *arguments.positional])
    if name in ("keys", "items", "values", "size", "dim", "numel"):
        return Opaque()
    return owner.but(range=Range.UNKNOWN, activation=None)
