"""Learning-rate schedulers as they are built, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from torchlint.facts.answer import Answer
from torchlint.facts.fact import Fact
from torchlint.facts.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduler(Fact):
    """A scheduler: `site` is the call that builds it, `name` its class.

    `trains` says whether its optimizer steps in a loop, so that a schedule could take effect; `stepped` whether
    anything steps the scheduler, Unknown where it was handed to what may do so. `factor` is what multiplies the rate
    again and again, where there is such a number and it is known, and `factor_site` the argument that says so.
    """

    name: str
    trains: Answer
    stepped: Answer
    factor: float | None = None
    factor_site: Site | None = None

    def covers(self) -> frozenset[Site]:
        """The call, and the argument for the factor."""
        return frozenset((self.site,)) | ({self.factor_site} if self.factor_site is not None else set())


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroRate(Fact):
    """An optimizer that is built with a learning rate of 0: `site` is the argument.

    `trains` says whether the optimizer steps in a loop, `changed` whether anything else sets the rate.
    """

    trains: Answer
    changed: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class StandStill(Fact):
    """Steps in a row, at `site`, that left all weights with gradients as they were, bit for bit.

    `steps` is over how many steps, `rate` the highest learning rate in them.
    """

    steps: int
    rate: float


class Better(Enum):
    """Which way a measure gets better."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateauStep(Fact):
    """`scheduler.step(metric)` of a scheduler that waits for a plateau; `name` is what the metric is called.

    `watches` is what the scheduler takes for better, `metric` what is better of the metric; None where not known.
    `built` is the call that builds the scheduler.
    """

    name: str
    watches: Better | None
    metric: Better | None
    built: Site | None = None
