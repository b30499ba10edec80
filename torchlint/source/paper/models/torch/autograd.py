"""Gradients: backward, switches of their recording, and the variables of old."""

from __future__ import annotations

from dataclasses import replace

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import Backward
from torchlint.facts.hygiene import DeprecatedVariable
from torchlint.facts.loss import Origin
from torchlint.facts.site import Site
from torchlint.facts.subject import ANYBODY
from torchlint.knowledge.training import GRADIENT_SWITCHES
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Kind, Literal, Opaque, Value, options
from torchlint.source.paper.models.declaration import ANY, Call, Emission, Function, Method, Models
from torchlint.source.paper.models.tensors.graphs import ask_for_gradients
from torchlint.source.paper.models.tensors.weights import divided
from torchlint.source.paper.occurrences.training import BackwardRan
from torchlint.source.paper.python.conditions import periodic
from torchlint.source.paper.python.machine import Machine

MODELS = Models()


def _differentiated(call: Call) -> Value:
    return TensorValue()


MODELS.declare(
    Function(GRADIENT_SWITCHES, builds=Kind.CONTEXT),
    Function(
        "torch.autograd.grad",
        takes="outputs, inputs",
        emits=Emission(Backward, lambda call: Backward(site=call.site, via=call.via, of_input=Yes)),
        gives=_differentiated,
    ),
)


def backward(
    machine: Machine,
    loss: Value | None,
    site: Site,
    *,
    by_framework: bool = False,
    may_clear: bool = False,
    accumulates: Answer = No,
) -> Value:
    """Backward is run on a loss, by its own method, by a function or by a framework that is given it."""
    tensor = next((each for each in options(loss) if isinstance(each, TensorValue)), None) if loss else None
    event = Backward(
        site=site,
        via=tuple(machine.via),
        by_framework=by_framework,
        may_clear=may_clear,
        accumulates=accumulates,
        periodic=periodic(machine),
    )
    if tensor is not None:
        alone = tensor.cut is not None and tensor.cut.leaf == tensor.number
        cut = tensor.cut if tensor.graph is No or alone else None
        event = replace(
            event,
            subject=tensor.subject if tensor.subject.own else ANYBODY,
            graph=No if alone else tensor.graph,
            cut=cut.site if cut else None,
            gradients=Yes if tensor.graph is Yes else No if cut and cut.by_mode else Unknown,
            scaled=tensor.scaled,
            divided=divided(tensor),
            of_loss=Yes if tensor.origin is Origin.LOSS else Unknown,
            terms=tensor.addends,
            severed=tensor.severed,
        )
    machine.tell(BackwardRan(tensor))
    machine.happen(event)
    return Literal(value=None)


@MODELS.function("torch.autograd.backward", "tensors", emits=Backward)
def backward_of_tensors(call: Call) -> Value:
    """`torch.autograd.backward(loss)`."""
    return backward(call.machine, call.given("tensors"), call.site)


# What began as a number may have become a loss where nobody could look.
@MODELS.method(TensorValue, "backward", "gradient, retain_graph, create_graph, inputs", emits=Backward)
@MODELS.method(Literal, "backward", emits=Backward)
def backward_of_loss(call: Call) -> Value:
    """`loss.backward()`."""
    return backward(call.machine, call.receiver, call.site)


MODELS.declare(Method(Literal, ANY))


@MODELS.function(
    "torch.autograd.Variable torch.autograd.variable.Variable",
    "data, requires_grad, volatile",
    emits=DeprecatedVariable,
)
def variable(call: Call) -> Value:
    """`Variable(data)`, as one had to write before torch 0.4."""
    data = call.given("data") or Opaque()
    if isinstance(data, TensorValue) and call.says("requires_grad", default=No) is Yes:
        return ask_for_gradients(call.machine, data.but(shape=data.shape), None)
    return data
