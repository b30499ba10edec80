"""What is read from disk or fetched, and what is saved: models, weights, and whatever else."""

from __future__ import annotations

from torchlint.facts.answer import Yes, join
from torchlint.source.paper.domain.join import one_of
from torchlint.source.paper.domain.values import Kind, Literal, Opaque, Table, Thing, Value, options
from torchlint.source.paper.models.declaration import Call, Function, Models
from torchlint.source.paper.models.torch.copies import copy_of
from torchlint.source.paper.models.torch.layers import layer_of
from torchlint.source.paper.models.torch.modes import modes_of
from torchlint.source.paper.occurrences.training import ModelSaved, Saved, WeightsUsed
from torchlint.source.paper.python.bookkeeping import Written
from torchlint.source.paper.state.cells import LOADED, MODES, READ_FROM, Kept, Mode
from torchlint.source.paper.state.containers import table_of
from torchlint.source.paper.state.objects import file_at

MODELS = Models()


def _whatever_was_saved(call: Call) -> Value:
    """A model as likely as a tensor, or both under their keys."""
    machine, file = call.machine, _file(call)
    written = machine.memory.saved.get((machine.budget.entry, file))
    if written is not None:
        return one_of(_as_written(call, *each) for each in written.models)
    unknown = Opaque(from_call=True, name="load")
    if file:
        machine.state.set(READ_FROM, Kept(file), unknown.number)
    return unknown


def _as_written(call: Call, model: Thing, modes: frozenset[Mode]) -> Thing:
    """A model as it comes back from a file."""
    read = copy_of(call.machine, model, call.site)
    call.machine.state.set(MODES, modes, read.number)
    call.machine.state.set(LOADED, Yes, read.number)
    return read


def _file(call: Call) -> str:
    """What a file is known by, be it opened or not; empty where that is nothing."""
    path = call.given("f")
    if path is None:
        return ""
    opened = call.machine.state.get(READ_FROM, path.number)
    return opened.file if opened is not None else file_at(path)


@MODELS.function("torch.save", "obj, f")
def save(call: Call) -> Value:
    """Weights are written to a file as they are now; whole models, alone or in a dict, in the mode that they are in."""
    file, saved = _file(call), call.given("obj")
    if saved is not None:
        call.machine.tell(WeightsUsed(saved, into=None))
        call.machine.tell(Saved(saved, call.site))
    if file and saved is not None:
        machine = call.machine
        machine.memory.saved.pop((machine.budget.entry, file), None)
        layers = [each for each in options(saved) if isinstance(each, Thing) and each.kind is Kind.LAYER]
        if layers and len(layers) == len(options(saved)):
            written = Written(tuple((each, modes_of(machine, each)) for each in layers))
            machine.memory.saved[machine.budget.entry, file] = written
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
