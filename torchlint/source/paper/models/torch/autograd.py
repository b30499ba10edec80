"""Gradients: backward, switches of their recording, and the variables of old."""

from __future__ import annotations

from dataclasses import replace

from torchlint.facts.answer import No, Unknown, Yes
from torchlint.facts.event import Backward
from torchlint.facts.hygiene import DeprecatedVariable
from torchlint.facts.site import Site
from torchlint.facts.subject import ANYBODY
from torchlint.knowledge.training import GRADIENT_SWITCHES
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Kind, Literal, Opaque, Value, options
from torchlint.source.paper.models.construction import builds
from torchlint.source.paper.models.declaration import ANY, Call, Emission, Function, Method, Models
from torchlint.source.paper.models.graphs import run_backward
from torchlint.source.paper.python.conditions import periodic
from torchlint.source.paper.python.machine import Machine

MODELS = Models()


def _differentiated(call: Call) -> Value:
    return TensorValue()


MODELS.declare(
    Function(GRADIENT_SWITCHES, gives=builds(Kind.CONTEXT)),
    Function(
        "torch.autograd.grad",
        takes="outputs, inputs",
        emits=Emission(Backward, lambda call: Backward(site=call.site, via=call.via, of_input=Yes)),
        gives=_differentiated,
    ),
)


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


@MODELS.function("torch.autograd.Variable torch.autograd.variable.Variable", "data, requires_grad, volatile")
def variable(call: Call) -> Value:
    """`Variable(data)`, as one had to write before torch 0.4."""
    call.record(
        DeprecatedVariable(
            site=call.site,
            via=call.via,
            requires_grad=call.says("requires_grad", default=No),
            volatile=call.says("volatile", default=No),
        )
    )
    return call.given("data") or Opaque()
