"""Opacus: the privacy engine, which draws the batches of a loader in a way of its own."""

from __future__ import annotations

from torchlint.knowledge.frameworks import RESAMPLE_METHODS
from torchlint.source.paper.domain.values import Kind, Opaque, Value, options
from torchlint.source.paper.models.declaration import Call, Models
from torchlint.source.paper.models.unread import unread_call
from torchlint.source.paper.occurrences.data import LoaderUsed, Use

MODELS = Models()


@MODELS.method(Kind.OBJECT, RESAMPLE_METHODS)
@MODELS.method(Opaque, RESAMPLE_METHODS)
def make_private(call: Call) -> Value:
    """`engine.make_private(module=..., optimizer=..., data_loader=...)`."""
    for value in call.arguments:
        for each in options(value):
            call.machine.tell(LoaderUsed(each.number, Use.RESAMPLED))
    return unread_call(call.machine, call.name, call.arguments, call.site)
