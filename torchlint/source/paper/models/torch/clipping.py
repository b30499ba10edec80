"""Clipping of gradients."""

from __future__ import annotations

from dataclasses import replace

from torchlint.facts.event import Clip
from torchlint.facts.subject import Subject
from torchlint.knowledge.training import CLIPPING
from torchlint.source.paper.domain.values import Kind, Literal, Opaque, Parameters, Value
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
            subject=_clipped(call, of(call)),
            periodic=periodic(call.machine),
            by_framework=by_framework,
        )

    return Emission(Clip, make)


def _clipped(call: Call, given: Value | None) -> Subject:
    """Whose gradients are clipped: those of parameters that are given, or of what clips its own and no others."""
    if given is not None and given is call.receiver:
        return replace(subject_of(call.machine.state, given), open=False)
    return subjects_in(call.machine, given)


MODELS.declare(
    Function(CLIPPING, within="*", takes="parameters", emits=clip(arg("parameters"))),
    Method(Kind.LAYER, "clip_grad_norm_", emits=clip(receiver, by_framework=True)),
)


def _clipped_by_name(call: Call) -> Value | None:
    """A framework is given the parameters to clip; a model that is sharded clips its own, and is given a number."""
    given = call.given("parameters")
    return call.receiver if given is None or isinstance(given, Literal) else given


_BY_NAME = "clip_grad_norm_ clip_grad_value_ clip_gradients clip_grad_norm"
MODELS.declare(
    Method(Opaque, _BY_NAME, takes="parameters", emits=clip(_clipped_by_name, by_framework=True)),
    Method(Kind.OBJECT, _BY_NAME, takes="parameters", emits=clip(_clipped_by_name, by_framework=True)),
)


@MODELS.method(Parameters, "register_hook", "hook")
def clip_in_hook(call: Call) -> Value:
    """A hook on parameters is taken to clip their gradients: nobody sees what it does with them."""
    subject = subject_of(call.machine.state, call.receiver)
    call.machine.tell(HookRegistered(Clip(site=call.site, via=call.via, subject=subject)))
    return call.receiver


MODELS.declare(Method(Parameters, ANY, gives=receiver))
