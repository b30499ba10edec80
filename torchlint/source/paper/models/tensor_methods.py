"""Methods of tensors on paper: backward, cuts of the graph, activations, arithmetic."""

from __future__ import annotations

from torchlint.facts.event import ReadsGradient
from torchlint.facts.layer import Range
from torchlint.facts.loss import Origin
from torchlint.facts.site import Site
from torchlint.facts.subject import NOBODY
from torchlint.knowledge.functional import DISCRETE
from torchlint.source.paper.detect import waiting
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Arguments, Opaque, Value
from torchlint.source.paper.models import activations
from torchlint.source.paper.models.graphs import ask_for_gradients, cut_graph, detach
from torchlint.source.paper.models.optimization import backward
from torchlint.source.paper.models.tensors import arithmetic
from torchlint.source.paper.models.words import (
    cuts_graph,
    is_step_function,
)
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.python.occurrences import TensorPassedOn


def tensor_method(machine: Machine, owner: TensorValue, name: str, arguments: Arguments, site: Site) -> Value:
    """A method of a tensor."""
    waiting.note_method(machine, owner, name, site)
    if name == "backward":
        return backward(machine, owner, site)
    if name == "register_hook":
        machine.happen(ReadsGradient(site=site, via=tuple(machine.via)))
        return Opaque()
    if cuts_graph(name):
        return detach(machine, owner, f".{name}()", site)
    if name == "requires_grad_":
        return ask_for_gradients(machine, owner, arguments.get("requires_grad", 0))
    if is_step_function(name) and machine.forward_depth:
        return cut_graph(machine, owner, subject=NOBODY, range=Range.UNKNOWN, activation=None)
    made = activations.apply(machine, name, owner, arguments, site)
    if made is not None:
        return made
    if name in DISCRETE:
        return cut_graph(machine, owner, origin=Origin.UNKNOWN, range=Range.UNKNOWN, activation=None)
    if name in ("div", "div_", "sub", "sub_", "add", "mul", "mul_", "true_divide"):
        operator = {"d": "/", "s": "-", "m": "*", "t": "/"}.get(name[0], "+")
        return arithmetic(machine, operator, [owner, *arguments.positional])
    if name in ("keys", "items", "values", "size", "dim", "numel"):
        if machine.forward_depth:
            machine.tell(TensorPassedOn(owner))
        return Opaque()
    return owner.but(range=Range.UNKNOWN, activation=None)
