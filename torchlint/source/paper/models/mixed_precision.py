"""The mixed precision of NVIDIA's apex on paper: it gives back the model, optimizer and loss that it is given."""

from __future__ import annotations

from torchlint.facts.site import Site
from torchlint.source.paper.domain.values import Arguments, Opaque, Ordered, Parameters, Value
from torchlint.source.paper.models.subjects import of_optimizer
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.containers import append, new_list


def initialize(machine: Machine, arguments: Arguments, site: Site) -> Value:
    """`amp.initialize(model, optimizer)`: both, or the model alone where no optimizer is given."""
    models, optimizers = arguments.get("models", 0), arguments.get("optimizers", 1)
    if models is None or optimizers is None:
        return models or Opaque()
    pair = new_list(machine.state, Ordered.TUPLE, site)
    for each in (models, optimizers):
        append(machine.state, pair, each, site)
    return pair


def scale_loss(machine: Machine, arguments: Arguments, site: Site) -> Value:
    """`amp.scale_loss(loss, optimizer)`: the gradients of the loss that it gives are unscaled when its block ends."""
    return arguments.get("loss", 0) or Opaque()


def master_params(machine: Machine, arguments: Arguments, site: Site) -> Value:
    """`amp.master_params(optimizer)`."""
    optimizer = arguments.get("optimizer", 0)
    return Parameters(subject=of_optimizer(machine.state, optimizer)) if optimizer is not None else Opaque()
