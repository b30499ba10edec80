"""The graph on paper: whether gradients flow back through a tensor, where they stop, and which losses they reach."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from torchlint.facts.answer import Answer, No, Unknown, Yes, any_of, join
from torchlint.facts.loss import Origin, Severed
from torchlint.facts.site import Site
from torchlint.facts.subject import NOBODY
from torchlint.knowledge.names import names_loss
from torchlint.source.paper.domain.tensor import Cut, Severance, SumKey, TensorValue
from torchlint.source.paper.domain.values import Choice, Kind, Literal, Many, Number, Parameters, Table, Thing, Value
from torchlint.source.paper.models.torch import modes
from torchlint.source.paper.occurrences.layers import TensorDetached
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import FROZEN
from torchlint.source.paper.state.containers import contents

TERMS = 32


def join_graphs(machine: Machine, made: TensorValue, given: Iterable[Value]) -> TensorValue:
    """Give what was made of these values the graph that theirs make, and what it knows of the losses in it.

    What was computed by hand of what models gave may become a loss, or part of one.
    """
    values = list(given)
    tensors = [each for each in values if isinstance(each, TensorValue)]
    graph = any_of(_graph(machine, each) for each in values)
    cut = next((each.cut for each in tensors if each.graph is No and each.cut), None)
    recorded = modes.gradients(machine)
    if graph is not No and recorded is not Yes:
        graph = recorded
        cut = Cut(machine.site(machine.place.line), by_mode=True) if recorded is No else None
    terms: frozenset[int] = frozenset()
    if made.origin is Origin.OUTPUT or any(each.origin is Origin.LOSS for each in tensors):
        terms = terms.union(*map(terms_of, tensors))
    sums = frozenset[SumKey]().union(*(each.sums for each in tensors))
    return made.refined(graph=graph, cut=cut, sums=sums, terms=terms if len(terms) <= TERMS else frozenset())


def _graph(machine: Machine, value: Value) -> Answer:
    match value:
        case TensorValue():
            return value.graph
        case Literal() | Number():
            return No
        case Many() | Table():
            return any_of(_graph(machine, item) for item, _ in contents(machine.state, value))
        case Thing() if value.kind is Kind.PARAMETER:
            return ~machine.state.get(FROZEN, value.number)
        case Parameters():
            return Yes
        case Choice():
            return join(_graph(machine, option) for option in value.options)
    return Unknown


def cut_graph(machine: Machine, tensor: TensorValue, **changes: object) -> TensorValue:
    """The tensor without its graph; where it had one, the place is remembered."""
    cut = tensor.cut if tensor.graph is No else Cut(machine.site(machine.place.line), sums=tensor.sums)
    return tensor.but(graph=No, cut=cut, sums=frozenset(), **changes)


def detach(machine: Machine, tensor: TensorValue, call: str, site: Site) -> TensorValue:
    """A tensor without the graph of another; in `forward`, what was made of it is known to be cut off there."""
    if not tensor.subject.own or No in (tensor.graph, modes.gradients(machine)):
        return cut_graph(machine, tensor, subject=NOBODY, shape=tensor.shape, quantity=tensor.quantity)
    if not machine.place.forward_depth:
        severed = tensor.severed
        if tensor.origin is not Origin.LOSS:
            severed |= {Severed(site, call, tensor.subject)}
        return cut_graph(machine, tensor, subject=NOBODY, shape=tensor.shape, severed=severed, quantity=tensor.quantity)
    severance = Severance(site=site, via=tuple(machine.via), call=call, layers=tensor.subject.own)
    result = cut_graph(machine, tensor, subject=NOBODY, shape=tensor.shape, cuts=tensor.cuts | {severance})
    machine.tell(TensorDetached(tensor, severance, result))
    return result


def ask_for_gradients(machine: Machine, tensor: TensorValue, asked: Value | None) -> TensorValue:
    """The tensor, after it is told to ask for gradients, and is a leaf from here on, or told not to.

    A loss is told so when its backward failed for want of a graph: it stays without.
    """
    machine.memory.effects += 1
    if isinstance(asked, Literal) and not asked.value:
        return machine.rewrite(tensor, trainable=No)
    if tensor.origin is not Origin.LOSS or not (
        tensor.of_loss or any(names_loss(name) for name in machine.names_of(tensor))
    ):
        cut = replace(tensor.cut, leaf=tensor.number) if tensor.graph is No and tensor.cut is not None else None
        machine.memory.asking.add(tensor.number)
        return machine.rewrite(tensor, graph=Yes, cut=cut, trainable=Yes)
    if tensor.graph is not Yes:
        return machine.rewrite(tensor, graph=No, cut=tensor.cut or Cut(machine.site(machine.place.line)))
    return tensor


def terms_of(tensor: TensorValue) -> frozenset[int]:
    """The numbers of the losses in a tensor; its own where it is none of losses."""
    return tensor.terms or frozenset((tensor.number,))
