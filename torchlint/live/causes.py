"""What explains what: facts about numbers, with the places of the facts that they follow from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from torchlint.facts.answer import No, Yes
from torchlint.facts.fact import Fact
from torchlint.facts.health import InputSensitivity, ParameterUse, UnitActivity
from torchlint.facts.layer import GraphCut


def with_causes(facts: Iterable[Fact]) -> list[Fact]:
    """The facts, in their order."""
    facts = list(facts)
    cuts = [each for each in facts if isinstance(each, GraphCut) and each.on_the_way is Yes]
    dead = [each for each in facts if isinstance(each, UnitActivity) and each.units and each.silent == each.units]
    return [_explained(each, cuts, dead) for each in facts] if cuts or dead else facts


def _explained(fact: Fact, cuts: list[GraphCut], dead: list[UnitActivity]) -> Fact:
    match fact:
        case ParameterUse(gradient=answer) if answer is No:
            return replace(fact, cut=next((cut.site for cut in cuts if _is_behind(fact, cut)), None))
        case InputSensitivity(change=0.0):
            return replace(fact, dead=next((each.site for each in dead), None))
    return fact


def _is_behind(use: ParameterUse, cut: GraphCut) -> bool:
    """Whether all of these parameters are of layers that the cut keeps from learning."""
    layers = tuple(f"{layer}." for layer in cut.layers)
    return use.site.file == cut.site.file and all(name.startswith(layers) for name in use.names)
