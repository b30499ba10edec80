"""Objects that are no modules and hide layers from the module that keeps them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import torch
from torch.nn import Module
from torch.optim import Optimizer

from torchlint.facts.answer import Answer, No, Unknown
from torchlint.facts.layer import PlainPart
from torchlint.intent.hiding import HeldLayers, hides_on_purpose
from torchlint.knowledge.layers import HAND_OUT_PARAMETERS
from torchlint.live.objects.identity import WeakMap
from torchlint.live.objects.layers import Layers
from torchlint.live.objects.optimizers import parameters_of
from torchlint.live.text.attributes import Attributes
from torchlint.live.text.user_files import UserFiles

MOST = 1000
"""So many objects are looked into for the layers in them."""


class PlainParts:
    """Looks into the objects that modules keep, and remembers which parameters are optimized all the same."""

    def __init__(self, files: UserFiles, layers: Layers) -> None:
        self._files = files
        self._layers = layers
        self._attributes = Attributes(files)
        self._optimized: WeakMap[bool] = WeakMap()
        self._found: dict[tuple[type, str], tuple[PlainPart, WeakMap[bool]]] = {}

    def know(self, optimizer: Optimizer) -> None:
        """Parameters that an optimizer holds are trained, however they came to it."""
        for each in parameters_of(optimizer):
            self._optimized[each] = True

    def facts(self) -> Iterator[PlainPart]:
        """The parts of which no optimizer holds anything."""
        for fact, parameters in self._found.values():
            if not any(each in self._optimized for each, _ in parameters.items()):
                yield fact

    def look_into(self, owner: Module, name: str, value: Any, registered: set[int]) -> list[Module]:
        """The layers that plain objects under an attribute hold, and nothing else does."""
        parts = [each for each in _items(value) if self._is_plain(each)]
        layers = [each for part in parts for each in self._held(part) if self._is_only_there(owner, each, registered)]
        if layers:
            kind = type(parts[0])
            handed_out = any(hasattr(kind, method) for method in HAND_OUT_PARAMETERS)
            fact = PlainPart(
                site=self._attributes.building(type(owner), name, kind.__name__),
                owner=type(owner).__name__,
                attribute=name,
                kind=kind.__name__,
                layers=tuple(self._layers.layer(each) for each in layers),
                registered=Unknown if handed_out else _left_out(layers),
            )
            parameters: WeakMap[bool] = WeakMap()
            for each in (parameter for layer in layers for parameter in layer.parameters()):
                parameters[each] = True
            self._found[type(owner), name] = fact, parameters
        return layers

    def _is_plain(self, value: Any) -> bool:
        """Whether something is an object of a class that the user's files define, and no module."""
        if isinstance(value, (Module, torch.Tensor, type)) or not hasattr(value, "__dict__"):
            return False
        home = sys.modules.get(type(value).__module__)
        return self._files.is_users(getattr(home, "__file__", None) or "<unknown>")

    def _held(self, part: Any) -> list[Module]:
        found: dict[int, Module] = {}
        seen: set[int] = set()
        waiting = [part]
        while waiting and len(seen) < MOST:
            each = waiting.pop()
            if id(each) in seen:
                continue
            seen.add(id(each))
            if isinstance(each, Module):
                found[id(each)] = each
            elif self._is_plain(each):
                waiting += [item for value in vars(each).values() for item in _items(value)]
        return list(found.values())

    def _is_only_there(self, owner: Module, layer: Module, registered: set[int]) -> bool:
        """Whether a layer was built while its owner was, and the model does not register it."""
        kept = any(id(each) in registered for each in (layer, *layer.parameters()))
        return not kept and self._layers.order(layer) > self._layers.order(owner) > 0


def _left_out(layers: list[Module]) -> Answer:
    """No, that they are registered; Unknown where they may be hidden on purpose."""
    learn = any(each.training and any(weight.requires_grad for weight in each.parameters()) for each in layers)
    return No if hides_on_purpose(HeldLayers(len(layers), wrapped=False, learn=Answer.of(learn))) is No else Unknown


def _items(value: Any) -> list[Any]:
    match value:
        case dict():
            return list(value.values())
        case list() | tuple() | set():
            return list(value)
    return [value]
