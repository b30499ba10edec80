"""The mixed precision of NVIDIA's apex: it gives back the model, optimizer and loss that it is given."""

from __future__ import annotations

from torchlint.source.paper.domain.values import Ordered, Parameters, Value
from torchlint.source.paper.models.declaration import Call, Function, Models, arg
from torchlint.source.paper.models.torch.subjects import of_optimizer
from torchlint.source.paper.state.containers import append, new_list

MODELS = Models()
MODELS.declare(
    # The gradients of the loss that it gives are unscaled when its block ends.
    Function("apex.amp.scale_loss", takes="loss, optimizers", gives=arg("loss")),
)


@MODELS.function("apex.amp.initialize", "models, optimizers")
def initialize(call: Call) -> Value | None:
    """`amp.initialize(model, optimizer)`: both, or the model alone where no optimizer is given."""
    models, optimizers = call.given("models"), call.given("optimizers")
    if models is None or optimizers is None:
        return models
    pair = new_list(call.machine.state, Ordered.TUPLE, call.site)
    for each in (models, optimizers):
        append(call.machine.state, pair, each, call.site)
    return pair


@MODELS.function("apex.amp.master_params", "optimizer")
def master_params(call: Call) -> Value | None:
    """`amp.master_params(optimizer)`."""
    optimizer = call.given("optimizer")
    return Parameters(subject=of_optimizer(call.machine.state, optimizer)) if optimizer is not None else None
