"""What modules keep in their attributes: layers in plain containers, loose tensors, layers that are held twice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn
from torch.nn import Module

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.fact import Fact
from torchlint.facts.layer import LooseTensor, PlainContainer, RepeatedLayers, TensorForm
from torchlint.facts.site import Site
from torchlint.intent.hiding import HeldLayers, hides_on_purpose
from torchlint.knowledge.graph import LEAF, MOVES
from torchlint.live.models.plain_parts import PlainParts
from torchlint.live.models.repeated_layers import RepeatedLayersSearch
from torchlint.live.objects.graph import operation
from torchlint.live.objects.identity import WeakMap
from torchlint.live.objects.layers import Layers
from torchlint.live.text.attributes import Attributes
from torchlint.live.text.user_files import UserFiles

OWN = frozenset(vars(nn.Module()))
"""The attributes that every module has."""


class ModelAttributes:
    """Looks into each model once, for what torch does not register or registers twice."""

    def __init__(self, files: UserFiles, layers: Layers) -> None:
        self._layers = layers
        self._attributes = Attributes(files)
        self.parts = PlainParts(files, layers)
        self._seen: WeakMap[bool] = WeakMap()
        self._facts: dict[tuple[object, ...], Fact] = {}

    def look_into(self, model: Module) -> bool:
        """Look into a model; whether it was not looked into before."""
        if model in self._seen:
            return False
        self._seen[model] = True
        repeats = RepeatedLayersSearch(self._layers, model)
        registered = {id(each) for kept in (model.modules(), model.parameters(), model.buffers()) for each in kept}
        waiting, known = [model], set()
        while waiting:
            module = waiting.pop()
            if id(module) in known:
                continue
            known.add(id(module))
            waiting += module.children()
            self._add_repeated(repeats.among(module))
            if type(module).__module__.startswith("torch."):
                continue
            for name, value in list(vars(module).items()):
                if name not in OWN:
                    held = self._attribute(module, name, value, registered)
                    waiting += held
                    if len(held) > 1:
                        site = self._attributes.filling(type(module), name)
                        self._add_repeated(repeats.in_plain(value, held, site))
        return True

    def facts(self) -> Iterable[Fact]:
        """What was found so far."""
        return [*self._facts.values(), *self.parts.facts()]

    def _attribute(self, owner: Module, name: str, value: Any, registered: set[int]) -> list[Module]:
        """An attribute of a module that torch does not register; gives the modules that it holds."""
        if isinstance(value, torch.Tensor):
            self._loose(owner, name, value, registered)
            return []
        held = _held(value)
        hidden = self.parts.look_into(owner, name, value, registered)
        modules = [each for each in held if isinstance(each, nn.Module)]
        parameters = [each for each in held if isinstance(each, nn.Parameter)]
        if not modules and not parameters:
            return hidden
        site = self._attributes.filling(type(owner), name)
        if modules:
            by_comma = len(modules) == 1 and self._attributes.is_by_comma(type(owner), name)
            left_out = self._left_out(modules, self._attributes.assignment(type(owner), name), site, by_comma=by_comma)
            self._facts[PlainContainer, type(owner), name] = PlainContainer(
                site=site,
                owner=type(owner).__name__,
                attribute=name,
                container=type(value).__name__,
                layers=tuple(self._layers.layer(each) for each in modules),
                registered=Yes if any(id(each) in registered for each in modules) else left_out,
                by_comma=Answer.of(by_comma),
            )
        if parameters:
            self._facts[LooseTensor, type(owner), name] = LooseTensor(
                site=self._attributes.assignment(type(owner), name),
                owner=type(owner).__name__,
                attribute=name,
                form=TensorForm.NAMED_PARAMETERS if isinstance(value, dict) else TensorForm.PARAMETERS,
                trainable=Answer.of(any(each.requires_grad for each in parameters)),
                registered=Answer.of(any(id(each) in registered for each in parameters)),
            )
        return modules + hidden

    def _loose(self, owner: Module, name: str, tensor: torch.Tensor, registered: set[int]) -> None:
        moved = tensor.grad_fn is not None
        if moved and not _is_moved(tensor):
            return
        kind = type(owner)
        self._facts[LooseTensor, kind, name] = LooseTensor(
            site=self._attributes.assignment(kind, name),
            owner=kind.__name__,
            attribute=name,
            form=TensorForm.MOVED_PARAMETER if moved else TensorForm.TENSOR,
            trainable=Answer.of(tensor.requires_grad),
            registered=Answer.of(id(tensor) in registered),
            constructed=Answer.of(self._attributes.is_constructed(kind, name) or None),
        )

    def _left_out(self, modules: list[Module], assigned: Site, put: Site, *, by_comma: bool) -> Answer:
        """No, that they are registered; Unknown where they may be hidden on purpose."""
        learn = Answer.of(any(each.training and not _is_frozen(each) for each in modules))
        lines = {(spot.site.file, spot.site.line) for each in modules for spot in self._layers.built_by(each)}
        wrapped = put == assigned and not by_comma and (put.file, put.line) not in lines
        return No if hides_on_purpose(HeldLayers(len(modules), wrapped, learn)) is No else Unknown

    def _add_repeated(self, fact: RepeatedLayers | None) -> None:
        if fact is not None:
            self._facts.setdefault((RepeatedLayers, fact.site), fact)


def _is_frozen(module: Module) -> bool:
    parameters = list(module.parameters())
    return bool(parameters) and not any(each.requires_grad for each in parameters)


def _held(value: Any) -> list[Any]:
    """What a plain container holds, one level of containers in it too."""
    found: list[Any] = []
    for each in _items(value):
        found += _items(each) if isinstance(each, (list, tuple, set, dict)) else [each]
    return found


def _items(value: Any) -> list[Any]:
    match value:
        case dict():
            return list(value.values())
        case list() | tuple() | set():
            return list(value)
    return []


def _is_moved(tensor: torch.Tensor) -> bool:
    """Whether a tensor is a parameter's copy on another device or of another type."""
    node: Any = tensor.grad_fn
    before = [each for each, _ in node.next_functions]
    return operation(node) in MOVES and all(each is not None and operation(each) == LEAF for each in before)
