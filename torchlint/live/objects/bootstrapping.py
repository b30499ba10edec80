"""Targets that are computed by the model that learns from them, and carry its graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch

from torchlint.facts.answer import Answer, Yes
from torchlint.facts.loss import BootstrappedTarget
from torchlint.intent.bootstrapping import lets_gradients_through
from torchlint.knowledge.graph import KEEPS_VALUES, SUM, WEIGHS
from torchlint.knowledge.losses import LOSSES
from torchlint.live.objects.graph import lines_of, nodes_behind, operation
from torchlint.live.stream.events import BackwardEnded, LossCalled
from torchlint.live.stream.observer import Observer, on
from torchlint.live.stream.places import Here, spots_of
from torchlint.live.stream.recorder import Recorder
from torchlint.live.text.around import place_of
from torchlint.live.text.spots import Spot

LOOKED_AT = 6
"""So many calls of a loss at one place are looked into, until it is known where the target was computed."""
FARTHEST = 12


class BootstrappedTargets(Observer):
    """Looks into what losses are given. Where a target was computed is looked up in the pass after it was met."""

    skips_repeats = True

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._looks: dict[tuple[Spot, ...], int] = {}
        self._not_placed: set[tuple[Spot, ...]] = set()
        self._found: dict[tuple[Spot, ...], BootstrappedTarget] = {}

    @on(LossCalled)
    def loss_called(self, event: LossCalled, here: Here) -> None:
        """A loss compares a prediction with a target; a symmetric one may be given them the other way round."""
        prediction, target = (getattr(event.arguments.get(name), "grad_fn", None) for name in ("input", "target"))
        if prediction is None or target is None:
            return
        spots = spots_of(here.chain)
        looks = self._looks.get(spots, 0)
        if looks >= LOOKED_AT or spots in self._found:
            return
        self._looks[spots] = looks + 1
        self._look(prediction, target, spots)
        if LOSSES[event.name].symmetric:
            self._look(target, prediction, spots)

    @on(BackwardEnded, closely=True)
    def backward_ended(self, event: BackwardEnded, here: Here) -> None:
        """The next pass is about to be computed."""
        if self._not_placed:
            self._recorder.record_lines(True)

    def _look(self, prediction: Any, target: Any, spots: tuple[Spot, ...]) -> None:
        node = _reward_added(target)
        if node is None or not set(_parameters(prediction)) & set(_parameters(target)):
            return
        self._not_placed.add(spots)
        files = self._recorder.places.files
        line = next(((path, line) for path, line in lines_of(node) if files.is_users(path)), None)
        if line is not None or self._looks[spots] >= LOOKED_AT:
            self._not_placed.discard(spots)
        if line is not None:
            self._found[spots] = BootstrappedTarget(
                site=files.page(line[0]).site_of_statement(line[1]),
                via=tuple(spot.site for spot in spots[:-1]),
                trained=Yes,
                meant=Answer.of(lets_gradients_through(place_of(spots)) is Yes),
            )

    def finish(self) -> Iterable[BootstrappedTarget]:
        """The targets that were found."""
        return self._found.values()


def _reward_added(node: Any) -> Any:
    """The node that adds something without a graph to what is weighed, if that is how this was computed."""
    for _ in range(FARTHEST):
        behind = [each for each, _ in node.next_functions if each is not None]
        if operation(node) == SUM and len(behind) == 1 and len(node.next_functions) > 1:
            return node if operation(behind[0]) in WEIGHS else None
        if operation(node) not in KEEPS_VALUES or not behind:
            return None
        node = behind[0]
    return None


def _parameters(node: Any) -> Iterator[int]:
    """The parameters that a graph leads to, by identity."""
    leaves = (getattr(each, "variable", None) for each in nodes_behind([node]))
    return (id(each) for each in leaves if isinstance(each, torch.nn.Parameter))
