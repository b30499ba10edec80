"""Detects what schedulers that wait for a plateau are given, and which way it gets better."""

from __future__ import annotations

from torchlint.facts.schedule import Better, PlateauStep
from torchlint.facts.site import Site
from torchlint.intent.evaluation import better_by_name
from torchlint.knowledge.names import shortest
from torchlint.knowledge.optimizers import SCHEDULERS
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.values import Hits, Literal, Thing, Value, options
from torchlint.source.paper.occurrences.training import SchedulerCalled
from torchlint.source.written import call_at, names_in, takes_away

WATCHES = {"min": Better.LOWER, "max": Better.HIGHER}


class PlateauSteps(Detector):
    """Every step of a scheduler that needs a metric."""

    @listens
    def emit_step(self, called: SchedulerCalled) -> None:
        """Tell what a scheduler watches for, and what it is given."""
        metric = called.arguments.get("metrics", 0)
        if called.method != "step" or metric is None:
            return
        for each in options(called.scheduler):
            if isinstance(each, Thing) and each.of is None and _waits(each):
                names = self._said(metric, called.site) or self._written(called.site)
                fact = PlateauStep(
                    site=called.site,
                    via=tuple(self.machine.via),
                    name=shortest(name for name in names if better_by_name((name,))),
                    watches=_watches(each),
                    metric=_better_by_value(metric) or better_by_name(names),
                    built=each.site,
                )
                self.emit(fact, each.number)

    def _said(self, metric: Value, site: Site) -> frozenset[str]:
        """What a number is called; where that says neither, the names in what the call is given."""
        several = (metric, *options(metric))
        names = frozenset[str]().union(*(self.machine.names_of(each) for each in several))
        names |= {name for each in several if (name := getattr(each, "name", ""))}
        return names if better_by_name(names) is not None else self._written(site)

    def _written(self, site: Site) -> frozenset[str]:
        call = call_at(self.machine.frame.module.summary.body, site.line, site.part)
        given = call.arguments[0].value if call is not None and call.arguments else None
        return frozenset() if given is None or takes_away(given) else frozenset(names_in(given))


def _waits(scheduler: Thing) -> bool:
    kind = SCHEDULERS.get(scheduler.last)
    return kind is not None and kind.needs_metric


def _watches(scheduler: Thing) -> Better | None:
    mode = scheduler.arguments.get("mode", 1)
    if mode is None:
        return None if scheduler.arguments.unknown else Better.LOWER
    return WATCHES.get(str(mode.value)) if isinstance(mode, Literal) else None


def _better_by_value(metric: Value) -> Better | None:
    """Which way a count gets better; beside it, only a number that it began with may stand."""
    several = options(metric)
    counts = any(isinstance(each, Hits) for each in several)
    return Better.HIGHER if counts and all(isinstance(each, (Hits, Literal)) for each in several) else None
