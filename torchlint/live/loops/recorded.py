"""What the trace holds: the events of iterations, what only other facts are made of, and the loops around them."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.event import Event
from torchlint.facts.site import Site
from torchlint.live.stream.trace import LoopRun, Path
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


@dataclass(slots=True)
class SeenLoop:
    """A loop with its different paths: the one that goes on counts only where there is no other that trains.

    `kinds` are the classes of all events in it, `direct` those of events in no inner loop.
    """

    run: LoopRun
    paths: list[Path]
    kinds: set[type]
    direct: set[type]


Recorded = Event | Drawn | Read
