"""Functions of torch on paper: what they make of tensors."""

from __future__ import annotations

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.layer import DropoutCall, Range
from torchlint.facts.loss import Origin
from torchlint.facts.site import Site
from torchlint.facts.subject import NOBODY
from torchlint.knowledge.functional import COPIES, DISCRETE, NEW_TENSOR, OF_ARRAYS
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Arguments, Kind, Literal, Many, Thing, Value
from torchlint.source.paper.models import activations, losses, shapes
from torchlint.source.paper.models.graphs import ask_for_gradients, cut_graph, detach, join_graphs
from torchlint.source.paper.models.tensors import arithmetic
from torchlint.source.paper.models.words import functional_loss, is_functional_dropout, is_step_function
from torchlint.source.paper.python.conditions import guarded_by_mode
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.containers import items_of


def torch_function(machine: Machine, dotted: str, last: str, arguments: Arguments, site: Site) -> Value:
    """Call a function of torch; `last` is the last of its dotted names."""
    tensors = [each for each in arguments if isinstance(each, TensorValue)]
    if is_functional_dropout(dotted):
        return _dropout(machine, last, arguments, site)
    loss = functional_loss(dotted)
    if loss is not None:
        return losses.compute(machine, loss, arguments, site, arguments.get("reduction"))
    if ".nn." in dotted:
        activations.note_dimension(machine, last, arguments, site)
    if is_step_function(last) and tensors and machine.forward_depth:
        return cut_graph(machine, tensors[0], subject=NOBODY, range=Range.UNKNOWN, activation=None)
    made = activations.apply(machine, last, tensors[0] if tensors else None, arguments, site)
    if made is not None:
        return made
    items = [item for each in arguments if isinstance(each, Many) for item in items_of(machine.state, each)]
    if dotted in COPIES:
        found = [each for each in [*tensors, *items] if isinstance(each, TensorValue)]
        copied = [detach(machine, each, f"{dotted}(...)", site) for each in found]
        made = _copied(machine, copied, _asks_for_gradients(arguments))
        return made.refined(shape=shapes.of_new(machine, last, arguments))
    if tensors and last in DISCRETE:
        return cut_graph(machine, tensors[0], origin=Origin.UNKNOWN, range=Range.UNKNOWN, activation=None)
    if tensors:
        return arithmetic(machine, last, list(arguments))
    held = [item for item in items if isinstance(item, TensorValue)]
    if held:
        return join_graphs(machine, activations.joined(last if len(held) == len(items) else "", held), items)
    trainable = _asks_for_gradients(arguments) if last in NEW_TENSOR else Unknown
    shape = shapes.of_new(machine, last, arguments)
    return TensorValue(trainable=trainable, graph=trainable, shape=shape, given=last in OF_ARRAYS)


def _copied(machine: Machine, copied: list[TensorValue], trainable: Answer) -> TensorValue:
    """A tensor made of numbers: those of other tensors come without their graph."""
    if not copied:
        return TensorValue(trainable=trainable, graph=trainable, given=True)
    severed = frozenset().union(*(each.cuts for each in copied))
    made = copied[0].but(range=Range.UNKNOWN, activation=None, cuts=severed)
    return ask_for_gradients(machine, made, None) if trainable is Yes else made


def _asks_for_gradients(arguments: Arguments) -> Answer:
    requires = arguments.get("requires_grad")
    if requires is None:
        return No
    return Answer.of(requires.value is True) if isinstance(requires, Literal) else Unknown


def _dropout(machine: Machine, last: str, arguments: Arguments, site: Site) -> Value:
    receiver = machine.frame.receiver
    if isinstance(receiver, Thing) and receiver.kind is Kind.LAYER:
        given = arguments.get("training", 2) is not None or arguments.unknown
        machine.record(
            DropoutCall(
                site=site,
                via=tuple(machine.via),
                name=f"F.{last}",
                form="function",
                bound_to_mode=Yes if given else guarded_by_mode(machine),
            )
        )
    first = arguments.positional[0] if arguments.positional else None
    return first.but(shape=first.shape) if isinstance(first, TensorValue) else TensorValue()
