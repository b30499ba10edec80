"""The terms of a loss that is a sum: where each was computed, and which parameters its graph leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torchlint.facts.answer import No, Yes
from torchlint.facts.loss import LossTerm
from torchlint.facts.site import Site
from torchlint.facts.subject import Subject
from torchlint.knowledge.graph import ADDS_TWO, WEIGHS
from torchlint.live.objects.graph import constant_factor, lines_of, nodes_behind, operation
from torchlint.live.objects.identity import Identities
from torchlint.live.objects.marks import LossMarks
from torchlint.live.text.spots import Spot
from torchlint.live.text.user_files import UserFiles

if TYPE_CHECKING:
    from torch.optim import Optimizer

LOOKED_AT = 4
"""So many sums of one place are looked into, until it is known where their terms were computed."""
MOST = 16
_NONE: frozenset[LossTerm] = frozenset()


@dataclass(frozen=True, slots=True)
class _Reached:
    """The node of a term, and the parameters that it leads to."""

    node: Any
    subject: Subject


class LossTerms:
    """Looks into the graphs of losses that are sums; what it found at a place is taken to stay as it was.

    `optimizers` gives those that are known. A term that no loss of torch marks is placed by the lines that torch
    records: `wants_lines` asks for them when a term reaches nothing that an optimizer of another one holds.
    """

    def __init__(self, identities: Identities, marks: LossMarks, optimizers: Callable[[], Iterable[Optimizer]]) -> None:
        self._identities = identities
        self._marks = marks
        self._optimizers = optimizers
        self._known: dict[tuple[Spot, ...], tuple[int, frozenset[LossTerm]]] = {}
        self._not_placed: set[tuple[Spot, ...]] = set()

    @property
    def wants_lines(self) -> bool:
        """Whether it is not known yet where some term was computed."""
        return bool(self._not_placed)

    def of(self, nodes: Iterable[Any], spots: tuple[Spot, ...], files: UserFiles) -> frozenset[LossTerm]:
        """The terms of what is run backward from these nodes, at a place."""
        times, latest = self._known.get(spots, (0, _NONE))
        if not spots or (times and spots not in self._not_placed):
            return latest
        found = [_Reached(node, self._reached(node)) for node in self._terms(nodes)]
        placed = [(each, self._place(each, found, spots, files)) for each in found if 1 < len(found) <= MOST]
        latest = frozenset(LossTerm(site, (), each.subject, Yes) for each, site in placed if site is not None)
        if all(site is not None for _, site in placed) or times + 1 >= LOOKED_AT:
            self._not_placed.discard(spots)
        else:
            self._not_placed.add(spots)
        self._known[spots] = times + 1, latest
        return latest

    def _reached(self, node: Any) -> Subject:
        leaves = (getattr(each, "variable", None) for each in nodes_behind([node]))
        own = frozenset(self._identities.number(each) for each in leaves if each is not None)
        return Subject(own, open=False)

    def _place(self, term: _Reached, others: list[_Reached], spots: tuple[Spot, ...], files: UserFiles) -> Site | None:
        mark = self._marks.mark_of(term.node)
        if mark is not None and mark.place:
            return mark.place[-1].statement_site
        for path, line in lines_of(term.node):
            if files.is_users(path):
                page = files.page(path)
                return page.site_of_statement(line)
        return None if self._learns_nothing(term, others) else spots[-1].site

    def _learns_nothing(self, term: _Reached, others: list[_Reached]) -> bool:
        """Whether there is an optimizer that another term is for, and not this one."""
        held = [self._identities.of_optimizer(each) for each in self._optimizers()]
        return any(
            term.subject.concerns(each) is No and any(other.subject.concerns(each) is Yes for other in others)
            for each in held
        )

    def _terms(self, nodes: Iterable[Any]) -> Iterator[Any]:
        """The nodes of what is added up, without their weights."""
        waiting = list(nodes)
        found = 0
        while waiting and found <= MOST:
            node = waiting.pop()
            behind = [each for each, _ in node.next_functions if each is not None]
            name = operation(node)
            if (name in ADDS_TWO or (name in WEIGHS and len(behind) == 1)) and self._marks.mark_of(node) is None:
                waiting += [] if constant_factor(node) == 0 else behind
            else:
                found += 1
                yield node
