"""Datasets, loaders and samplers of torch and of packages around it."""

from __future__ import annotations

from torchlint.facts.event import SetEpoch
from torchlint.knowledge.data import LOADERS, LOADERS_ELSEWHERE, SAMPLERS, WRAPPERS
from torchlint.source.paper.domain.values import Arguments, Kind, Literal, Many, Opaque, Ordered, Thing, Value
from torchlint.source.paper.models.declaration import Call, Function, Models
from torchlint.source.paper.occurrences.data import LoaderUsed, Use
from torchlint.source.paper.state.containers import append, items_of, new_list

MODELS = Models()
_SHUFFLING = [name for name, flag in LOADERS_ELSEWHERE.items() if flag == "shuffle"]
_PLACES = "torch.utils.data torch.utils.data.*"


@MODELS.function(_SHUFFLING, "dataset, batch_size, shuffle", builds=Kind.LOADER)
@MODELS.function(LOADERS, "dataset, batch_size, shuffle", within=_PLACES, builds=Kind.LOADER)
def loader(call: Call) -> Value:
    """A loader; whether it shuffles may be for the caller of the function that builds it to say."""
    made = call.build()
    shuffle = call.given("shuffle")
    if shuffle is not None and shuffle.number < call.machine.frame.number:
        call.machine.tell(LoaderUsed(made.number, Use.ORDERED_BY_CALLER))
    return made


MODELS.declare(
    Function(SAMPLERS, within=_PLACES, builds=Kind.SAMPLER),
    Function(WRAPPERS, within=_PLACES, builds=Kind.DATASET),
)


@MODELS.function("torch.utils.data.random_split torch.utils.data.dataset.random_split", "dataset, lengths, generator")
def split(call: Call) -> Value:
    """`random_split(dataset, lengths)`: as many parts as there are lengths."""
    state = call.machine.state
    lengths = call.given("lengths")
    count = len(items_of(state, lengths)) if isinstance(lengths, Many) else 2
    result = new_list(state, Ordered.LIST, call.site)
    given = Arguments([call.given("dataset") or Opaque()])
    for _ in range(count or 2):
        append(
            state, result, Thing(kind=Kind.DATASET, dotted="random_split", arguments=given, site=call.site), call.site
        )
    return result


@MODELS.method(tuple(Kind), "set_epoch", "epoch", emits=SetEpoch)
def set_epoch(call: Call) -> Value:
    """`sampler.set_epoch(epoch)`, of whatever has such a method: batches are dealt out anew from here on."""
    call.emit(SetEpoch(site=call.site, via=call.via))
    return Literal(value=None)
