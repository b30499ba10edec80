"""One layer put into a container several times: by `[layer] * n`, by a comprehension, by a loop that counts."""

from __future__ import annotations

from collections import Counter

from torchlint.facts.layer import RepeatedLayers
from torchlint.facts.site import Site
from torchlint.knowledge.names import SHARING_WORDS, words_of
from torchlint.source.paper.domain.values import Kind, Literal, Many, Thing, Value
from torchlint.source.paper.models.layers import layer_of
from torchlint.source.paper.python.machine import Machine, Repeat
from torchlint.source.paper.state.cells import ITEMS
from torchlint.source.paper.state.containers import entries_of, new_list
from torchlint.source.paper.state.objects import parents_of


def multiplied(machine: Machine, several: Many, times: Value) -> Many:
    """What `several * times` gives; a list without layers is taken for itself."""
    entries = entries_of(machine.state, several)
    layers = [item for item, _, _ in entries if _is_layer(item)]
    if not layers or (isinstance(times, Literal) and times.value in (0, 1)):
        return several
    for layer in layers:
        mark(machine, layer)
    result = new_list(machine.state, several.kind, several.site)
    machine.state.set(ITEMS, entries * 2, result.number)
    return result


def mark(machine: Machine, layer: Value) -> None:
    """Remember that the program puts one layer into a list over and over."""
    said = {
        word for name in (*machine.assumed, *machine.frame.bound, *machine.names_of(layer)) for word in words_of(name)
    }
    machine.architecture.repeated[layer.number] = not said & SHARING_WORDS


def is_old_layer(value: Value, number: int) -> bool:
    """Whether a value is a layer that was there before what has this number."""
    return _is_layer(value) and value.number < number


def comes_again(machine: Machine, value: Value) -> bool:
    """Whether what is put into a list or container here is a layer that the next pass of a loop puts there again."""
    loop = machine.loops[-1] if machine.loops else None
    if loop is None or loop.counting is None or not is_old_layer(value, loop.number):
        return False
    mark(machine, value)
    return True


def note_repeats(
    machine: Machine, container: str, holder: Value, held: list[Value], site: Site | None, via: tuple[Site, ...]
) -> None:
    """Remember which of the layers that are put into a container are one and the same."""
    if site is None or not machine.architecture.repeated:
        return
    times = Counter(each.number for each in held)
    again = {each.number: each for each in held if isinstance(each, Thing) and times[each.number] > 1}
    layers = tuple(layer for number, layer in again.items() if machine.architecture.repeated.get(number))
    if layers:
        machine.architecture.repeats.append(Repeat(layers, holder.number, container, site, via))


def tell_repeats(machine: Machine) -> None:
    """Tell which containers hold one layer several times."""
    for repeat in machine.architecture.repeats:
        layers = tuple(
            layer_of(machine, layer) for layer in repeat.layers if parents_of(machine.state, layer) <= {repeat.holder}
        )
        if layers:
            machine.record(
                RepeatedLayers(site=repeat.site, via=repeat.via, container=repeat.container, layers=layers),
                repeat.holder,
            )


def _is_layer(value: Value) -> bool:
    return isinstance(value, Thing) and value.kind is Kind.LAYER
