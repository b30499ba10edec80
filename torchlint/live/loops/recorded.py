"""What the trace holds: the events of iterations, and what only other facts are made of."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.event import Event
from torchlint.facts.site import Site
from torchlint.live.text.spots import Spot


@dataclass(frozen=True, slots=True)
class Drawn:
    """A batch of a loader was drawn: part of facts about the loader, and no event of an iteration.

    `by_hand` says that it is the only one of its iterator: `next(iter(loader))`.
    """

    loader: int
    by_hand: bool
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """The value of a tensor was asked for that no loader gave: a wait for the device, and no event of an iteration."""

    call: str
    site: Site
    via: tuple[Site, ...]


Recorded = Event | Drawn | Read
