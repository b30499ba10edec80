"""What is read from disk or fetched, and what is saved: models, weights, and whatever else."""

from __future__ import annotations

from torchlint.facts.answer import join
from torchlint.source.paper.domain.values import Kind, Literal, Opaque, Table, Thing, Value, options
from torchlint.source.paper.models.declaration import Call, Function, Models
from torchlint.source.paper.models.torch.layers import layer_of
from torchlint.source.paper.models.torch.modes import modes_of
from torchlint.source.paper.occurrences.training import ModelSaved, WeightsUsed
from torchlint.source.paper.state.cells import READ_FROM, Kept
from torchlint.source.paper.state.containers import table_of

MODELS = Models()


def _whatever_was_saved(call: Call) -> Value:
    """A model as likely as a tensor, or both under their keys."""
    read = Opaque(from_call=True, name="load")
    file = _file(call)
    if file:
        call.machine.state.set(READ_FROM, Kept(file), read.number)
    return read


def _file(call: Call) -> str:
    """The name of the file, whatever folder it is in; empty where it is not known."""
    path = call.given("f")
    if not isinstance(path, Literal) or not isinstance(path.value, str):
        return ""
    return path.value.replace("\\", "/").rpartition("/")[2]


@MODELS.function("torch.save", "obj, f")
def save(call: Call) -> Value:
    """Weights are written to a file as they are now; whole models, alone or in a dict, in the mode that they are in."""
    file, saved = _file(call), call.given("obj")
    if saved is not None:
        call.machine.tell(WeightsUsed(saved, into=None))
    if file and saved is not None:
        _tell_of_models(call, Kept(file), saved)
        for each in options(saved):
            for key, value in table_of(call.machine.state, each).items() if isinstance(each, Table) else ():
                _tell_of_models(call, Kept(file, str(key)), value)
    return Literal(value=None)


def _tell_of_models(call: Call, kept: Kept, value: Value) -> None:
    for each in options(value):
        if isinstance(each, Thing) and each.kind is Kind.LAYER:
            training = join(mode.training for mode in modes_of(call.machine, each))
            call.machine.tell(ModelSaved(kept, layer_of(call.machine, each), training))


MODELS.declare(
    Function("torch.load", takes="f, map_location, pickle_module, *, weights_only", gives=_whatever_was_saved),
    Function("torch.hub.load", takes="repo_or_dir, model", builds=Kind.LAYER),
)
