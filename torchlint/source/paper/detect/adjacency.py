"""Layers with a bias that feed straight into a batch norm, as facts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from torchlint.facts.answer import Answer, Yes
from torchlint.facts.layer import AdjacentLayers
from torchlint.knowledge.layers import BATCH_NORMS, BIAS
from torchlint.source.paper.domain.values import Thing, Value
from torchlint.source.paper.models.layers import layer_of
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.objects import parents_of


def tell_adjacent(machine: Machine) -> None:
    """Tell which layers that can have a bias feed straight into a batch norm: in a Sequential, and in `forward`."""
    for first, second in (*_in_sequences(machine.things), *machine.architecture.adjacent):
        if _can_have_bias(first) and _is_batch_norm(second) and first.site is not None:
            machine.record(
                AdjacentLayers(
                    site=first.site,
                    via=first.via,
                    first=layer_of(machine, first),
                    second=layer_of(machine, second),
                    bias=_bias(first),
                ),
                first.number,
            )


def _in_sequences(things: list[Thing]) -> Iterator[tuple[Thing, Thing]]:
    for thing in things:
        if thing.of is None and thing.last == "Sequential":
            for first, second in pairwise(machine.children_of(thing).values()):
                if (
                    isinstance(first, Thing)
                    and isinstance(second, Thing)
                    and parents_of(machine.state, first) == {thing.number}
                ):
                    yield first, second


def _can_have_bias(layer: Value) -> bool:
    return isinstance(layer, Thing) and layer.of is None and layer.dotted.startswith("torch.nn") and layer.last in BIAS


def _is_batch_norm(layer: Thing) -> bool:
    return layer.of is None and layer.dotted.startswith("torch.nn") and layer.last in BATCH_NORMS


def _bias(layer: Thing) -> Answer:
    return layer.arguments.says("bias", BIAS[layer.last], default=Yes)
