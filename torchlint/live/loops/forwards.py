"""Forward passes of whole models: in which mode, with a graph or not, on a batch or not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain as chain_of
from typing import TYPE_CHECKING, Any

import torch

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import Forward
from torchlint.facts.site import Site
from torchlint.live.loops.averages import Averages
from torchlint.live.objects.identity import Identities, WeakMap
from torchlint.live.objects.layers import Layers, depends_on_mode, is_frozen_but_for_norms, unwrapped
from torchlint.live.objects.loaders import Loaders
from torchlint.live.objects.tensors import tensors_in
from torchlint.live.objects.weights import Weights
from torchlint.live.stream.places import Chain, Here, innermost, spots_of
from torchlint.live.text.spots import Spot

if TYPE_CHECKING:
    from torch.nn import Module


@dataclass(frozen=True, slots=True)
class Switch:
    """The call that put a module in its mode, whether it had done so before, and whether an evaluation was run in it.

    What an evaluation did is told of the modules that it ran, not of the layers in them.
    """

    spot: Spot | None
    training: bool
    again: bool = False
    evaluated: bool = False


class Forwards:
    """Distinguishes a model's forward pass from those of the layers in it, and remembers what put it in its mode.

    `fixed` are the models, by number, that run in training mode without gradients, and always with the same weights;
    but not those whose batch norm is all that the mode changes, while they are frozen: that is told of the batch norm.
    """

    def __init__(self, identities: Identities, layers: Layers, loaders: Loaders, averages: Averages) -> None:
        self._identities = identities
        self._layers = layers
        self._loaders = loaders
        self._averages = averages
        self._running: list[int] = []
        self._switches: WeakMap[Switch] = WeakMap()
        self._meant: dict[tuple[object, ...], Answer] = {}
        self._switched: set[Spot] = set()
        self._weights = Weights()
        self.fixed: set[int] = set()

    def enter(self, module: Module) -> bool:
        """A module begins to run: whether it is a model, run by no other module."""
        outermost = not self._running
        self._running.append(id(module))
        return outermost and next(module.parameters(), None) is not None

    def leave(self, module: Module) -> None:
        """A module has run; those inside it that raised are over too."""
        if id(module) in self._running:
            while self._running.pop() != id(module):
                pass

    def reset(self) -> None:
        """No model runs now; for one that raised, no end was emitted."""
        self._running.clear()

    def switch(self, module: Module, training: bool, here: Here) -> None:
        """A module and all in it are put into a mode."""
        spot = innermost(here.chain)
        switch = Switch(spot, training, again=spot in self._switched)
        if spot is not None:
            self._switched.add(spot)
        for each in module.modules():
            self._switches[each] = switch

    def key(self, module: Module, inputs: tuple[Any, ...], chain: Chain) -> tuple[object, ...]:
        """What distinguishes this forward pass from others at the same place."""
        model = unwrapped(module)
        training = _training(model)
        place = spots_of(chain)
        switch = self._switches.get(model)
        meant = self._meant.setdefault(place, _is_meant(training, switch))
        recorded = torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
        gradients = recorded and any(each.requires_grad for each in chain_of(model.parameters(), tensors_in(inputs)))
        if switch is not None and not switch.training and not recorded:
            self._switches[model] = replace(switch, evaluated=True)
        number = self._identities.number(model)
        if not gradients and training is Yes:
            self._look_at_weights(model, number)
        return (
            number,
            training,
            meant,
            switch,
            gradients,
            self._averages.lags_behind(model) if training is No else No,
            *self._loaders.fed_by_batch(inputs),
        )

    def loaded(self, module: Module) -> None:
        """Weights are loaded: into a model that was known to be fixed, so that it is not."""
        if self._identities.number(module) in self.fixed:
            self._weights.change(module)
            self._look_at_weights(module, self._identities.number(module))

    def _look_at_weights(self, model: Module, number: int) -> None:
        if self._weights.changed(model):
            self.fixed.discard(number)
        elif not is_frozen_but_for_norms(model):
            self.fixed.add(number)

    def fact(self, module: Module, key: tuple[Any, ...], here: Here) -> Forward:
        """The event."""
        _, training, meant, switch, gradients, lags_behind, on_data, _ = key
        site = None if switch is None or switch.spot is None else switch.spot.site
        left: tuple[Site, ...] = ()
        if site is not None and training is No and not switch.training:
            left = (site,) if meant is No or (meant is Unknown and switch.again) else ()
        model = unwrapped(module)
        return Forward(
            site=here(),
            via=here.via,
            model=self._layers.layer(model),
            subject=self._identities.of_module(model),
            training=training,
            switch=site,
            switches_to_eval=left,
            gradients=Answer.of(gradients),
            on_data=on_data,
            lags_behind=lags_behind,
        )


def _is_meant(training: Answer, switch: Switch | None) -> Answer:
    """Whether a model is meant to be in eval mode where it is first run so: perhaps an evaluation left it there."""
    if training is not No:
        return No
    return Unknown if switch is not None and switch.evaluated else Yes


def _training(model: Module) -> Answer:
    """The mode of what depends on it; Unknown where the model itself is in one mode and all of that in the other."""
    own = model.training
    if all(each.training is own for each in model.modules()):
        return Answer.of(own)
    inner = {each.training for each in model.modules() if depends_on_mode(each)}
    return Answer.of(own) if not inner or own in inner else Unknown
