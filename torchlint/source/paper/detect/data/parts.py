"""Detects transforms that are set through a part of a dataset, and hold for its other parts too."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.facts.data import SharedTransform
from torchlint.facts.site import Site
from torchlint.intent.transforms import is_named_as_transform
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.domain.values import Kind, Literal, Thing, Value, options
from torchlint.source.paper.occurrences.calls import AttributeAssigned, CallUnread
from torchlint.source.paper.occurrences.data import BatchDrawn, LoaderUsed, Use, WholeRead
from torchlint.source.paper.occurrences.program import EntryEnded
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import ATTRIBUTE

_GOING_THROUGH = frozenset((Use.READ, Use.TRAINS, Use.EVALUATES, Use.BY_FRAMEWORK))


@dataclass(frozen=True, slots=True)
class SetThroughPart:
    """A transform that was set through a part, and not used since."""

    part: Value
    value: Value
    site: Site


class SharedTransforms(Detector):
    """What was set through which part, by the number of the whole and the attribute.

    Where batches are drawn between two assignments, each holds in its time.
    """

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._part: tuple[int, Value] | None = None
        self._set: dict[tuple[int, str], SetThroughPart] = {}
        self._told: dict[tuple[int, str], Site] = {}

    @listens
    def collect_part(self, read: WholeRead) -> None:
        """Remember through which part a dataset was reached last."""
        self._part = (read.whole.number, read.part)

    @listens
    def collect_assignment(self, assigned: AttributeAssigned) -> None:
        """A transform is set: of another part as well, if that set one before."""
        owner, name, site = assigned.owner, assigned.name, assigned.site
        if self._part is None or self._part[0] != owner.number or not is_named_as_transform(name):
            return
        part, key = self._part[1], (owner.number, name)
        before = self._set.get(key)
        self._set[key] = SetThroughPart(part, assigned.value, site)
        if before is None or before.part is part or not self._still_holds(before, owner, name, assigned.value):
            return
        if self._told.setdefault(key, site) == site:
            via = tuple(self.machine.via)
            self.emit(SharedTransform(site=site, via=via, attribute=name, before=before.site), key)

    def _still_holds(self, before: SetThroughPart, owner: Value, name: str, now: Value) -> bool:
        """Whether the dataset holds on every way what was set before, and is given something else now."""
        held = self.machine.state.get(ATTRIBUTE, owner.number, name)
        return held is before.value and not _are_same(held, now)

    @listens
    def collect_use(self, used: LoaderUsed) -> None:
        """A loader is gone through, or given to a framework."""
        if used.use in _GOING_THROUGH:
            self._set.clear()

    @listens
    def collect_draw(self, _: BatchDrawn) -> None:
        """A batch is drawn by hand."""
        self._set.clear()

    @listens
    def collect_unread(self, unread: CallUnread) -> None:
        """What cannot be looked into may go through the data that it is given."""
        given = (option for each in unread.arguments for option in options(each))
        if any(isinstance(each, Thing) and each.kind in (Kind.LOADER, Kind.DATASET) for each in given):
            self._set.clear()

    @listens
    def end_entry(self, _: EntryEnded) -> None:
        """The next program has datasets of its own."""
        self._set.clear()


def _are_same(first: Value, second: Value) -> bool:
    if isinstance(first, Literal) and isinstance(second, Literal):
        return first.value == second.value
    return first is second
