"""Marks on the graph nodes of losses: they live as long as the graph, and show which losses a backward starts from.

A mark is put into the metadata of the node that computed a loss. Nothing of the user's is held: the node holds the
mark, and only weak references stay here. Marks of one kind, and of one watch, are not those of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from weakref import ref

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.knowledge.graph import ADDS_UP, DIVIDES
from torchlint.live.objects.graph import constant_factor, operation
from torchlint.live.text.spots import Spot

KEY = "torchlint"
_numbers = count()
MOST_AT_A_PLACE = 32
"""So many losses of one place are marked; after that it is taken to stay as it was."""
MOST_NODES = 1024


class LossMark:
    """What is known of one loss: the place that computed it, and the batch for which it did."""

    __slots__ = ("__weakref__", "batch", "freed", "place", "whole")

    def __init__(self, place: tuple[Spot, ...], batch: int, whole: Answer) -> None:
        self.place = place
        self.batch = batch
        self.whole = whole
        self.freed = False


@dataclass(slots=True)
class _Put:
    """The marks of one place: how many there were, and those that may still live."""

    count: int = 0
    held: list[ref[LossMark]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a loss is run backward: whether it is divided, and the constant that it is multiplied by, if any."""

    divided: Answer = No
    weight: float | None = None

    def before(self, node: Any, name: str) -> Share:
        """The same where an operation stands before the loss."""
        if name in DIVIDES:
            factor = constant_factor(node) if self == Share() else None
            return Share(Yes) if factor is None else Share(No, factor)
        return self if name in ADDS_UP or self.divided is Yes else Share(Unknown)


class LossMarks:
    """Puts marks on losses and finds them again. `batch` counts what the losses belong to."""

    def __init__(self) -> None:
        self.batch = 0
        self._key = f"{KEY} {next(_numbers)}"
        self._puts: dict[tuple[Spot, ...], _Put] = {}
        self._operations: set[str] = set()

    def put(self, loss: Any, place: tuple[Spot, ...], whole: Answer) -> None:
        """A loss was computed; `whole` says whether it is that of a batch in full: an average over its samples."""
        node = getattr(loss, "grad_fn", None)
        put = self._puts.setdefault(place, _Put())
        if node is not None and put.count < MOST_AT_A_PLACE:
            self.put_on(node, place, whole)

    def put_on(self, node: Any, place: tuple[Spot, ...], whole: Answer = Unknown) -> LossMark:
        """What a node computed is marked."""
        put = self._puts.setdefault(place, _Put())
        put.count += 1
        mark = node.metadata[self._key] = LossMark(place, self.batch, whole)
        self._operations.add(operation(node))
        put.held.append(ref(mark))
        return mark

    def mark_of(self, node: Any) -> LossMark | None:
        """The mark on a node of the graph, if there is one."""
        found = node.metadata.get(self._key)
        return found if isinstance(found, LossMark) else None

    @property
    def settled(self) -> bool:
        """Whether no place is marked any more."""
        return all(put.count >= MOST_AT_A_PLACE for put in self._puts.values())

    def is_settled(self, place: tuple[Spot, ...]) -> bool:
        """Whether a place is not marked any more."""
        put = self._puts.get(place)
        return put is not None and put.count >= MOST_AT_A_PLACE

    def alive(self, place: tuple[Spot, ...]) -> list[LossMark]:
        """The marks of a place whose graphs are still there, of earlier batches than this."""
        put = self._puts.get(place)
        if put is None:
            return []
        put.held = [each for each in put.held if each() is not None]
        return [mark for each in put.held if (mark := each()) is not None and mark.batch < self.batch]

    def under(self, nodes: Iterable[Any]) -> Iterator[tuple[LossMark, Share]]:
        """The marks on the way into a graph from these nodes, each with what is done to it before."""
        waiting = [(node, Share()) for node in nodes if node is not None]
        seen: set[Any] = set()
        for _ in range(MOST_NODES):
            if not waiting:
                return
            node, share = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            name = operation(node)
            mark = self.mark_of(node) if name in self._operations else None
            if mark is not None:
                yield mark, share
                continue
            known = share.before(node, name)
            waiting += ((each, known) for each, _ in node.next_functions if each is not None)


def divided(found: Iterable[tuple[LossMark, Share]]) -> Answer:
    """Whether what is run backward was divided.

    No where the loss of a whole batch stands in it as it is, or where whole losses have weights that differ.
    """
    shares = [share if mark.whole is Yes else Share(Unknown) for mark, share in found]
    if not shares:
        return Unknown
    weights = {share.weight for share in shares}
    if Share() in shares or (len(weights) > 1 and all(share.divided is No for share in shares)):
        return No
    return Yes if all(share.divided is Yes for share in shares) else Unknown
