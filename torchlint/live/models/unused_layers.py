"""Layers that are never run or trained, and whose name the user's files never read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import ref

from torchlint.facts.layer import Layer, UnusedLayer
from torchlint.live.objects.identity import WeakMap
from torchlint.live.objects.layers import Layers
from torchlint.live.text.attributes import Attributes
from torchlint.live.text.user_files import UserFiles

if TYPE_CHECKING:
    from torch.nn import Module

ENOUGH = 3
"""So many steps show which layers a model uses."""


@dataclass(frozen=True, slots=True)
class _Unused:
    """A layer that was not used so far; `parts` are the identities of it and all in it."""

    module: ref[Module]
    layer: Layer
    owner: type
    attribute: str
    parts: frozenset[int]


class LayerUsage:
    """Follows the layers of models that were not used so far; its facts outlive the models."""

    def __init__(self, files: UserFiles, layers: Layers) -> None:
        self._files = files
        self._layers = layers
        self._attributes = Attributes(files)
        self._kept: WeakMap[tuple[type, str]] = WeakMap()
        self._idle: WeakMap[bool] = WeakMap()
        self._unused: list[_Unused] = []
        self._backwards = 0

    def collect(self, model: Module) -> None:
        """A model that will be run: the layers with parameters in it, and who keeps them."""
        for module in model.modules():
            if next(module.parameters(), None) is not None:
                self._idle[module] = True
            for name, child in module.named_children():
                self._kept[child] = (type(module), name)

    def run(self, module: Module) -> None:
        """A module is run."""
        if module in self._idle:
            self._idle.forget(module)
            self._unused = [each for each in self._unused if id(module) not in each.parts]

    def trained(self) -> None:
        """Backward ran: a layer whose weights have gradients is used, without being run."""
        self._backwards += 1
        for module, _ in list(self._idle.items()):
            if any(parameter.grad is not None for parameter in module.parameters()):
                self._idle.forget(module)
        if self._backwards >= ENOUGH:
            self._unused = [each for each in self._unused if each.module() is None] + list(self._outermost())

    def facts(self) -> Iterable[UnusedLayer]:
        """Layers that nothing uses and that no file of the user's names: a branch not taken may use those."""
        if not self._unused:
            return
        named = set(self._files.names_read())
        for each in self._unused:
            if each.attribute not in named:
                site = self._attributes.assignment(each.owner, each.attribute)
                owner = each.owner.__name__
                yield UnusedLayer(site=site, owner=owner, attribute=each.attribute, layer=each.layer)

    def _outermost(self) -> Iterator[_Unused]:
        """The layers that are idle with all that is in them, and part of no other such layer."""
        idle = [module for module, _ in self._idle.items() if all(map(self._is_idle, module.modules()))]
        parts = {id(part) for module in idle for part in module.modules() if part is not module}
        for module in idle:
            kept = self._kept.get(module)
            if kept is not None and id(module) not in parts:
                yield _Unused(ref(module), self._layers.layer(module), *kept, frozenset(map(id, module.modules())))

    def _is_idle(self, module: Module) -> bool:
        return module in self._idle or next(module.parameters(), None) is None
