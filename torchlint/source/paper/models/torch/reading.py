"""What is read from disk or fetched, and what is saved: models, weights, and whatever else."""

from __future__ import annotations

from torchlint.source.paper.domain.values import Kind, Literal, Opaque, Value
from torchlint.source.paper.models.declaration import Call, Function, Models
from torchlint.source.paper.occurrences.training import WeightsUsed

MODELS = Models()


def _whatever_was_saved(call: Call) -> Value:
    """A model as likely as a tensor, or both under their keys."""
    return Opaque(from_call=True, name="load")


MODELS.declare(
    Function("torch.load", takes="f, map_location, pickle_module, *, weights_only", gives=_whatever_was_saved),
    Function("torch.hub.load", takes="repo_or_dir, model", builds=Kind.LAYER),
)


@MODELS.function("torch.save", "obj, f")
def save(call: Call) -> Value:
    """Something is written to a file, with the weights in it as they are now."""
    saved = call.given("obj")
    if saved is not None:
        call.machine.tell(WeightsUsed(saved, into=None))
    return Literal(value=None)
