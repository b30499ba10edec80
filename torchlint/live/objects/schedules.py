"""The schedules that schedulers were given when they were built: whether they count batches or epochs."""

from __future__ import annotations

import ast
from typing import Any

from torchlint.knowledge.optimizers import FEW_STEPS, SCHEDULERS
from torchlint.live.objects.identity import WeakMap
from torchlint.live.stream.places import Chain, innermost
from torchlint.live.text.pages import Page, argument, called


class Schedules:
    """Knows with which arguments schedulers were built."""

    def __init__(self) -> None:
        self._given: WeakMap[tuple[object, bool, bool]] = WeakMap()

    def built(self, scheduler: Any, arguments: tuple[Any, ...], keywords: dict[str, Any], chain: Chain) -> None:
        """A scheduler is being built; `arguments` come after the scheduler itself."""
        kind = SCHEDULERS.get(type(scheduler).__name__)
        if kind is None or kind.counts is None:
            return
        name, position = kind.counts
        value = keywords.get(name, arguments[position] if len(arguments) > position else None)
        spot = innermost(chain)
        call, page = (spot.node, spot.page) if spot is not None else (None, None)
        by_hand = isinstance(argument(call, name, position), ast.Constant)
        counted = value is not None or kind.total is None or _has_length(page, argument(call, *kind.total))
        self._given[scheduler] = value, by_hand, counted

    def cadence(self, scheduler: Any, lengths: frozenset[int]) -> str:
        """Whether its schedule counts batches or epochs; `lengths` are those of the loaders that were seen."""
        kind = SCHEDULERS.get(type(scheduler).__name__)
        if kind is None or kind.counts is None:
            return kind.cadence if kind is not None else "either"
        value, by_hand, counted = self._given.get(scheduler) or (None, False, False)
        if isinstance(value, (int, float)):
            computed = not by_hand and any(length > 1 and value % length == 0 for length in lengths)
            counted = value > FEW_STEPS or computed
        return kind.cadence if counted else "either"


def _has_length(page: Page | None, node: ast.expr | None) -> bool:
    """Whether an expression, or what its names were given in the same file, takes the length of something."""
    if page is None or node is None:
        return False
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    values = [
        each.value
        for each in page.statements
        if isinstance(each, ast.Assign) and any(isinstance(to, ast.Name) and to.id in names for to in each.targets)
    ]
    return any(
        isinstance(inner, ast.Call) and called(inner) == "len" for each in (node, *values) for inner in ast.walk(each)
    )
