"""What is read from disk or fetched: models, weights, and whatever else was saved."""

from __future__ import annotations

from torchlint.source.paper.domain.values import Kind, Opaque, Value
from torchlint.source.paper.models.declaration import Call, Function, Models

MODELS = Models()


def _whatever_was_saved(call: Call) -> Value:
    """A model as likely as a tensor, or both under their keys."""
    return Opaque(from_call=True, name="load")


MODELS.declare(
    Function("torch.load", takes="f, map_location, pickle_module, *, weights_only", gives=_whatever_was_saved),
    Function("torch.hub.load", takes="repo_or_dir, model", builds=Kind.LAYER),
)
