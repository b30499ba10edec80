"""Optimizers that a loop builds again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.subject import Subject
from torchlint.intent.experiments import Rebuilding, rebuilds_on_purpose
from torchlint.live.objects.identity import Identities
from torchlint.live.stream.places import Chain, spots_of
from torchlint.live.text.around import loop_around
from torchlint.live.text.spots import Spot
from torchlint.live.text.surroundings import is_conditional

if TYPE_CHECKING:
    from torch.optim import Optimizer


@dataclass(slots=True)
class _Building:
    """One time that a call built an optimizer: for whom, and how often weights had been loaded by then."""

    optimizer: int
    subject: Subject
    loads: int


class Optimizers:
    """Remembers what each call built last."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._last: dict[tuple[Spot, ...], _Building] = {}
        self._depths: dict[int, int] = {}
        self._loads = 0

    def loaded(self) -> None:
        """Weights were put into some model or optimizer: what comes is another experiment."""
        self._loads += 1

    def stepped(self, number: int, chain: Chain) -> None:
        """An optimizer has stepped."""
        if number not in self._depths:
            self._depths[number] = sum(len(spot.loops) for spot in spots_of(chain))

    def built(self, optimizer: Optimizer, chain: Chain) -> tuple[Answer, Answer]:
        """Whether it takes the place of one that had stepped, and whether its parameters are new; unknown at first."""
        number, subject = self._identities.number(optimizer), self._identities.of_optimizer(optimizer)
        place = spots_of(chain)
        before = self._last.get(place)
        self._last[place] = _Building(number, subject, self._loads)
        if before is None:
            return Unknown, Unknown
        return self._again(before, subject, chain), Answer.of(not before.subject.own & subject.own)

    def _again(self, before: _Building, subject: Subject, chain: Chain) -> Answer:
        depth = self._depths.get(before.optimizer)
        if depth is None or before.subject != subject or before.loads != self._loads:
            return No
        around = [loop for spot in spots_of(chain) for loop in spot.loops]
        if not around:
            return Unknown
        rebuilding = Rebuilding(loop_around(around[-1]), is_conditional(spots_of(chain)), depth - len(around))
        return Yes if rebuilds_on_purpose(rebuilding) is No else Unknown
