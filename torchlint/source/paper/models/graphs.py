"""The graph on paper: whether gradients flow back through a tensor, where they stop, and which losses they reach."""

from __future__ import annotations

from collections.abc import Iterable

from torchlint.facts.answer import Answer, No, Unknown, Yes, any_of
from torchlint.facts.loss import Origin
from torchlint.facts.site import Site
from torchlint.facts.subject import NOBODY
from torchlint.source.paper.domain.values import (
    Choice,
    Cut,
    Literal,
    Many,
    Parameters,
    Severance,
    Table,
    TensorValue,
    Thing,
    Value,
)
from torchlint.source.paper.models import modes
from torchlint.source.paper.models.words import named_as
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.python.occurrences import TensorDetached
from torchlint.source.paper.state.containers import contents

TERMS = 32


def join_graphs(machine: Machine, made: TensorValue, given: Iterable[Value]) -> TensorValue:
    """Give what was made of these values the graph that theirs make, and what it knows of the losses in it."""
    values = list(given)
    tensors = [each for each in values if isinstance(each, TensorValue)]
    graph = any_of(_graph(machine, each) for each in values)
    made.graph, made.cut = graph, next((each.cut for each in tensors if each.graph is No and each.cut), None)
    recorded = modes.gradients(machine)
    if graph is not No and recorded is not Yes:
        made.graph = recorded
        made.cut = Cut(machine.site(machine.line), by_mode=True) if recorded is No else None
    made.sums = frozenset().union(*(each.sums for each in tensors))
    if any(each.origin is Origin.LOSS for each in tensors):
        made.terms = frozenset().union(*map(terms_of, tensors))
        if len(made.terms) > TERMS:
            made.terms = frozenset()
    else:
        made.terms = frozenset()
    return made


def _graph(machine: Machine, value: Value) -> Answer:
    match value:
        case TensorValue():
            return value.graph
        case Literal():
            return No
        case Many() | Table():
            return any_of(_graph(machine, item) for item, _ in contents(machine, value))
        case Thing() if value.kind == "parameter":
            return No if value.origin == "frozen" else Yes
        case Parameters():
            return Yes
        case Choice():
            answers = {_graph(machine, option) for option in value.options}
            return answers.pop() if len(answers) == 1 else Unknown
    return Unknown


def cut_graph(machine: Machine, tensor: TensorValue, **changes: object) -> TensorValue:
    """The tensor without its graph; where it had one, the place is remembered."""
    cut = tensor.cut if tensor.graph is No else Cut(machine.site(machine.line))
    return tensor.but(graph=No, cut=cut, sums=frozenset(), **changes)


def detach(machine: Machine, tensor: TensorValue, call: str, site: Site) -> TensorValue:
    """A tensor without the graph of another; in `forward`, what was made of it is known to be cut off there."""
    cuts = tensor.cuts
    if machine.forward_depth and tensor.subject.own and No not in (tensor.graph, modes.gradients(machine)):
        severance = Severance(site=site, via=tuple(machine.via), call=call, layers=tensor.subject.own)
        machine.tell(TensorDetached(tensor, severance))
        cuts |= {severance}
    return cut_graph(machine, tensor, subject=NOBODY, shape=tensor.shape, cuts=cuts)


def ask_for_gradients(machine: Machine, tensor: TensorValue, asked: Value | None) -> None:
    """The tensor is told to ask for gradients, and is a leaf from here on, or told not to.

    A loss is told so when its backward failed for want of a graph: it stays without.
    """
    machine.effects += 1
    if isinstance(asked, Literal) and not asked.value:
        tensor.trainable = No
    elif tensor.origin is not Origin.LOSS or not (
        tensor.of_loss or any(named_as("loss", name) for name in tensor.names)
    ):
        tensor.graph, tensor.cut, tensor.trainable = Yes, None, Yes
    elif tensor.graph is not Yes:
        tensor.graph, tensor.cut = No, tensor.cut or Cut(machine.site(machine.line))


def terms_of(tensor: TensorValue) -> frozenset[int]:
    """The numbers of the losses in a tensor; its own where it is none of losses."""
    return tensor.terms or frozenset((tensor.number,))


def run_backward(machine: Machine, loss: Value | None) -> None:
    """Remember which losses and running sums were run backward."""
    for each in loss.options if isinstance(loss, Choice) else (loss,):
        if isinstance(each, TensorValue):
            machine.backward_terms |= terms_of(each)
            machine.backward_sums |= each.sums
