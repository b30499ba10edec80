"""Layers that learn nothing, for the graph is cut on their only way to the output, as facts."""

from __future__ import annotations

from torchlint.facts.answer import No, Yes
from torchlint.facts.layer import GraphCut
from torchlint.facts.subject import Subject
from torchlint.knowledge.names import STOPPING_WORDS, words_of
from torchlint.source.paper.domain.values import Thing
from torchlint.source.paper.models import modes
from torchlint.source.paper.models.layers import layer_of
from torchlint.source.paper.python.machine import Machine


def tell_cuts(machine: Machine) -> None:
    """Tell where the graph is cut in `forward`, and whether layers that should learn are behind the cut."""
    for made, model, alone in machine.architecture.severed:
        inside = _inside(model)
        layers = [inside[number] for number in made.layers if number in inside]
        learning = [layer for layer in layers if layer_of(machine, layer).parameters is Yes]
        known = alone and len(layers) == len(made.layers) and all(_should_learn(machine, each) for each in learning)
        machine.record(
            GraphCut(
                site=made.site,
                via=made.via,
                owner=model.last,
                call=made.call,
                layers=tuple(sorted({_name_in(model, each) for each in learning})),
                on_the_way=Yes if known and learning else No,
            ),
            model.number,
        )


def _inside(model: Thing) -> dict[int, Thing]:
    found: dict[int, Thing] = {}
    waiting = [model]
    while waiting:
        each = waiting.pop()
        if each.number not in found:
            found[each.number] = each
            waiting += [child for child in machine.children_of(each).values() if isinstance(child, Thing)]
    del found[model.number]
    return found


def _name_in(model: Thing, layer: Thing) -> str:
    return next((name for name, child in machine.children_of(model).items() if child is layer), layer.last)


def _should_learn(machine: Machine, layer: Thing) -> bool:
    """Whether nothing says that a layer is frozen: a name, its mode, its parameters, the optimizers, or its origin."""
    if layer.of is None and not layer.dotted.startswith("torch.nn"):
        return False
    if {word for name in machine.names_of(layer) for word in words_of(name)} & STOPPING_WORDS:
        return False
    if any(mode.training is not Yes for mode in modes.modes_of(machine, layer)):
        return False
    if not machine.architecture.frozen.isdisjoint({layer.number, *_inside(layer)}):
        return False
    owner = Subject(frozenset((layer.number,)), frozenset(layer.above), open=False)
    optimizers = [each.subject for each in machine.optimizers]
    return not optimizers or any(subject.concerns(owner) is not No for subject in optimizers)
