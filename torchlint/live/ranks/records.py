"""Which rank a process is, and the records by which ranks are compared; they can be read before torch is here.

Nothing is sent while the run goes on, nor over the script's process group at its end: ranks that have gone different
ways, or have died, would be waited for for ever, and most scripts have taken the group down by then. What ranks have
recorded they leave in files: see `torchlint.live.ranks.exchange`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from torchlint.facts.site import Site

if TYPE_CHECKING:
    from torchlint.live.ranks.recording import RankRecorder


@dataclass(frozen=True, slots=True)
class Rank:
    """One process of a distributed run, as its launcher names it; `here` ranks, the first ones, run on its machine.

    On another machine than that of rank 0 the count of those here is the same, and nobody asks for it.
    """

    number: int
    of: int
    here: int

    @staticmethod
    def from_environment(environment: Mapping[str, str]) -> Rank | None:
        """The rank of this process; None in a run of one process."""
        number, of = environment.get("RANK", ""), environment.get("WORLD_SIZE", "")
        if not (number.isdecimal() and of.isdecimal()) or int(of) < 2 or int(number) >= int(of):
            return None
        here = environment.get("LOCAL_WORLD_SIZE", "")
        return Rank(int(number), int(of), min(int(here), int(of)) if here.isdecimal() else int(of))


@dataclass(slots=True)
class OptimizerRecord:
    """The parameters of an optimizer: for each, sum and norm after some of its steps (0: before the first)."""

    site: Site
    names: list[str]
    shapes: list[list[int]]
    wrapped: bool
    whole: bool
    digests: dict[str, list[float]] = field(default_factory=dict)
    steps: int = 0


@dataclass(slots=True)
class LoaderRecord:
    """A loader that was iterated.

    `distributed` says that a DistributedSampler deals its data out to all ranks, `local` that nothing does;
    `wrapped` that it trains a model of which every rank has a copy. `data` is the same for equal datasets, and empty
    where nothing is known of its dataset.
    """

    site: Site
    distributed: bool
    trains: bool = False
    local: bool = False
    wrapped: bool = False
    data: str = ""


def as_data(recorder: RankRecorder | None) -> dict[str, Any]:
    """What was recorded, as JSON holds it."""
    if recorder is None:
        return {"optimizers": [], "loaders": []}
    return {
        "optimizers": [asdict(each) for each in recorder.optimizers],
        "loaders": [asdict(each) for each in recorder.loaders],
    }


def from_data(data: Mapping[str, Any]) -> tuple[list[OptimizerRecord], list[LoaderRecord]]:
    """What `as_data` was made of."""
    optimizers = [OptimizerRecord(**{**each, "site": Site(**each["site"])}) for each in data["optimizers"]]
    loaders = [LoaderRecord(**{**each, "site": Site(**each["site"])}) for each in data["loaders"]]
    return optimizers, loaders
