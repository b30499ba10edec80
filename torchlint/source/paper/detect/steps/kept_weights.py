"""Detects weights that were kept without a copy, and trained on before they were put back or saved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import Backward, Step
from torchlint.facts.site import Site
from torchlint.facts.subject import Subject
from torchlint.facts.weights import KeptWeights
from torchlint.intent.keeping import Keeping, keeps_a_moment
from torchlint.knowledge.names import shortest
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.values import Many, Table, Value, Weights, options
from torchlint.source.paper.models.torch.subjects import subject_of
from torchlint.source.paper.occurrences.program import EntryEnded
from torchlint.source.paper.occurrences.training import WeightsKept, WeightsUsed
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.containers import values_in

DEEPEST = 4
"""So deep in lists and dicts weights are looked for."""


@dataclass(slots=True)
class _Kept:
    """Weights that were asked for, where they were bound, and in which loops.

    `fed` says that a backward has reached their model since, `trained` that an optimizer has changed it.
    """

    site: Site
    via: tuple[Site, ...]
    subject: Subject
    loops: tuple[int, ...]
    conditional: bool
    bound: bool = False
    fed: bool = False
    trained: bool = False


class KeptModelWeights(Detector):
    """Weights that are kept, by the number of what `state_dict()` gave."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._kept: dict[int, _Kept] = {}
        self._answers: dict[tuple[Site, tuple[Site, ...]], Answer] = {}

    @listens
    def collect_kept(self, asked: WeightsKept) -> None:
        """Remember weights that were asked for; who is given them by a function is who keeps them."""
        machine, weights = self.machine, asked.weights
        known = self._kept.get(weights.number)
        if known is None:
            loops = machine.loops
            self._kept[weights.number] = _Kept(
                asked.site,
                tuple(machine.via),
                subject_of(machine.state, weights.model),
                tuple(loop.number for loop in loops),
                conditional=bool(loops) and machine.place.branches > loops[-1].branches,
            )
        elif not known.bound:
            known.site, known.via, known.bound = asked.site, tuple(machine.via), True

    @listens
    def collect_backward(self, backward: Backward) -> None:
        """Remember which of the models are given gradients."""
        for kept in self._kept.values():
            if backward.graph is not No and backward.subject.concerns(kept.subject) is Yes:
                kept.fed = True

    @listens
    def collect_step(self, step: Step) -> None:
        """What is held of a model that an optimizer steps are other weights from here on."""
        for kept in self._kept.values():
            concerned = step.subject.concerns(kept.subject)
            if concerned is Yes or (concerned is Unknown and kept.fed):
                kept.trained = True

    @listens
    def emit_used(self, used: WeightsUsed) -> None:
        """Weights are put somewhere: tell whether they are still those that were kept."""
        held = self._inside(used.held)
        kept = {each.number: each for each in held if isinstance(each, Weights) and each.number in self._kept}
        overwritten = bool(kept) and not any(map(self._is_fresh, kept))
        for number, weights in kept.items():
            at = self._kept[number]
            put_back = used.into is not None and _may_be(used.into, weights.model)
            names = self.machine.names_of(weights)
            kept_for = Keeping(names, at.conditional, put_back)
            stale = overwritten and at.trained and keeps_a_moment(kept_for) is Yes
            self._emit(at, weights, Answer.of(stale))

    def _inside(self, value: Value, depth: int = DEEPEST) -> Iterator[Value]:
        """Whatever something may be, or hold in lists and dicts."""
        for each in options(value):
            if not isinstance(each, (Many, Table)):
                yield each
            elif depth:
                for item in values_in(self.machine.state, each):
                    yield from self._inside(item, depth - 1)

    def _is_fresh(self, number: int) -> bool:
        """Whether weights were not trained on, and the loop whose next turn would do so is still being run."""
        kept = self._kept[number]
        running = tuple(loop.number for loop in self.machine.loops)
        return not kept.trained and running[: len(kept.loops)] == kept.loops

    def _emit(self, kept: _Kept, weights: Weights, overwritten: Answer) -> None:
        place = (kept.site, kept.via)
        if self._answers.get(place) is not Yes:
            self._answers[place] = overwritten
        model = shortest(name for name in self.machine.names_of(weights.model) if name.isidentifier())
        self.emit(KeptWeights(site=kept.site, via=kept.via, model=model, overwritten=self._answers[place]))

    @listens
    def forget(self, _: EntryEnded) -> None:
        """What one program keeps is not there in another."""
        self._kept.clear()
        self._answers.clear()


def _may_be(one: Value, other: Value) -> bool:
    """Whether one value may be the other."""
    numbers = {each.number for each in options(other)} | {other.number}
    return one.number in numbers or any(each.number in numbers for each in options(one))
