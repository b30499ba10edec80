"""Weights that were kept without a copy, and had changed by the time that they were put back or saved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from torchlint.facts.answer import Answer, Yes
from torchlint.facts.weights import KeptWeights
from torchlint.intent.keeping import Keeping, keeps_a_moment
from torchlint.live.objects.identity import WeakMap
from torchlint.live.objects.tensors import all_tensors_in, storage
from torchlint.live.stream.events import Saved, WeightsAsked, WeightsLoaded
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here, spots_of
from torchlint.live.stream.recorder import Recorder
from torchlint.live.text.pages import names_given
from torchlint.live.text.spots import Spot
from torchlint.live.text.surroundings import gives_back, is_conditional, receiver_called

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

FOLLOWED = 16
"""So many parameters of a model tell whether it was trained."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Where the weights of a model were asked for, and after how many steps."""

    spots: tuple[Spot, ...]
    step: int


class KeptModelWeights(Observer):
    """Remembers the tensors that `state_dict` gave: a step raises their version with that of the parameters."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._asked: WeakMap[tuple[_Asked, int]] = WeakMap()
        self._used: dict[tuple[Spot, ...], Answer] = {}

    @on(WeightsAsked)
    def weights_asked(self, event: WeightsAsked, here: Here) -> None:
        """A model's weights may be kept from here on."""
        asked = _Asked(_keeping(spots_of(here.chain)), self._recorder.step_number)
        for tensor in _learning(event.module, event.weights):
            self._asked[tensor] = asked, tensor._version

    @on(WeightsLoaded)
    def weights_loaded(self, event: WeightsLoaded, here: Here) -> None:
        """Weights are put into a model."""
        self._use(event.weights, event.module)

    @on(Saved)
    def saved(self, event: Saved, here: Here) -> None:
        """Weights may be written to a file."""
        self._use(event.held, None)

    def _use(self, held: Any, into: Module | None) -> None:
        known = [(each, found) for each in all_tensors_in(held) if (found := self._asked.get(each)) is not None]
        own = {storage(each) for each in into.parameters()} if known and into is not None else set()
        for tensor, (asked, version) in known:
            if not asked.spots:
                continue
            trained = self._recorder.step_number > asked.step and tensor._version != version
            conditional = any(spot.loops for spot in asked.spots) and is_conditional(asked.spots)
            keeping = Keeping(_names(asked.spots[-1]), conditional, put_back=storage(tensor) in own)
            overwritten = Answer.of(trained and keeps_a_moment(keeping) is Yes)
            if self._used.get(asked.spots) is not Yes:
                self._used[asked.spots] = overwritten

    def finish(self) -> Iterable[KeptWeights]:
        """The weights that were kept and used."""
        for spots, overwritten in self._used.items():
            via = tuple(spot.site for spot in spots[:-1])
            yield KeptWeights(
                site=spots[-1].statement_site, via=via, model=receiver_called(spots[-1]), overwritten=overwritten
            )


def _learning(module: Module, weights: Any) -> list[Tensor]:
    """Some of the weights that a module gave: of parameters that learn."""
    if not isinstance(weights, dict):
        return []
    names = (name for name, parameter in module.named_parameters() if parameter.requires_grad)
    held = (weights.get(name) for name in names)
    return [each for each in islice(held, FOLLOWED) if each is not None and not each.is_inference()]


def _keeping(spots: tuple[Spot, ...]) -> tuple[Spot, ...]:
    """The calls that lead to who keeps what was asked for: a function that only gives it back does not."""
    while len(spots) > 1 and gives_back(spots[-1]):
        spots = spots[:-1]
    return spots


def _names(spot: Spot) -> frozenset[str]:
    return names_given(spot.page, spot.node) if spot.node is not None else frozenset()
