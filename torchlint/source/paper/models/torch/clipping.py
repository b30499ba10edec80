"""Clipping of gradients."""

from __future__ import annotations

from torchlint.facts.event import Clip
from torchlint.knowledge.training import CLIPPING
from torchlint.source.paper.domain.values import Kind, Parameters, Value
from torchlint.source.paper.models.declaration import (
    ANY,
    Call,
    Emission,
    Function,
    Method,
    Models,
    Source,
    arg,
    receiver,
)
from torchlint.source.paper.models.torch.subjects import subject_of, subjects_in
from torchlint.source.paper.occurrences.training import HookRegistered
from torchlint.source.paper.python.conditions import periodic

MODELS = Models()


def clip(of: Source, *, by_framework: bool = False) -> Emission:
    """The gradients of what is given are clipped."""

    def make(call: Call) -> Clip:
        return Clip(
            site=call.site,
            via=call.via,
            subject=subjects_in(call.machine, of(call)),
            periodic=periodic(call.machine),
            by_framework=by_framework,
        )

    return Emission(Clip, make)


MODELS.declare(
    Function(CLIPPING, within="*", takes="parameters", emits=clip(arg("parameters"))),
    Method(Kind.LAYER, "clip_grad_norm_", emits=clip(receiver, by_framework=True)),
)


@MODELS.method(Parameters, "register_hook", "hook")
def clip_in_hook(call: Call) -> Value:
    """A hook on parameters is taken to clip their gradients: nobody sees what it does with them."""
    subject = subject_of(call.machine.state, call.receiver)
    call.machine.tell(HookRegistered(Clip(site=call.site, via=call.via, subject=subject)))
    return call.receiver


MODELS.declare(Method(Parameters, ANY, gives=receiver))
