"""Mixed precision: the scaler of losses and gradients."""

from __future__ import annotations

from torchlint.facts.answer import Yes
from torchlint.facts.event import Event, Scale, ScalerUpdate, Step, Unscale
from torchlint.facts.loss import Origin
from torchlint.facts.subject import ANYBODY
from torchlint.knowledge.training import SCALERS
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Kind, Opaque, Value, options
from torchlint.source.paper.models.declaration import ANY, Call, Emission, Function, Method, Models
from torchlint.source.paper.models.torch.optim import take_step
from torchlint.source.paper.models.torch.subjects import of_optimizer

MODELS = Models()


def _scaled(call: Call) -> Value:
    loss = call.given("outputs")
    if isinstance(loss, TensorValue):
        return loss.but(scaled=Yes)
    return TensorValue(origin=Origin.LOSS, scaled=Yes, subject=ANYBODY)


def _unscale(call: Call) -> Event:
    optimizer = call.given("optimizer")
    subject = of_optimizer(call.machine.state, optimizer) if optimizer is not None else ANYBODY
    return Unscale(site=call.site, via=call.via, subject=subject)


MODELS.declare(
    Function(SCALERS, within="torch torch.* apex apex.*", builds=Kind.SCALER),
    Method(
        Kind.SCALER,
        "scale",
        takes="outputs",
        emits=Emission(Scale, lambda call: Scale(site=call.site, via=call.via)),
        gives=_scaled,
    ),
    Method(Kind.SCALER, "unscale_", takes="optimizer", emits=Emission(Unscale, _unscale)),
    Method(
        Kind.SCALER,
        "update",
        takes="new_scale",
        emits=Emission(ScalerUpdate, lambda call: ScalerUpdate(site=call.site, via=call.via)),
    ),
)


@MODELS.method(Kind.SCALER, "step", "optimizer", emits=Step)
def step(call: Call) -> Value:
    """`scaler.step(optimizer)`."""
    optimizer = call.given("optimizer")
    for each in options(optimizer) if optimizer is not None else ():
        take_step(call, each, scaler=Yes)
    return Opaque()


MODELS.declare(Method(Kind.SCALER, ANY))
