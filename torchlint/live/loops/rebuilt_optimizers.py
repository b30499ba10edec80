"""Optimizers built anew in a loop."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.subject import Subject
from torchlint.knowledge.names import repeats_by_name
from torchlint.live.objects.identity import Identities
from torchlint.live.stream.places import Chain, Spot, spots_of
from torchlint.live.text.pages import FUNCTIONS, Loop

if TYPE_CHECKING:
    from torch.optim import Optimizer

FARTHEST = 1
"""An optimizer that steps further inside the loop that builds it belongs to an experiment of its own."""
CONDITIONS = (ast.If, ast.IfExp, ast.Match, ast.Try)


@dataclass(slots=True)
class _Building:
    """One time that a call built an optimizer: for whom, and how often weights had been loaded by then."""

    optimizer: int
    subject: Subject
    loads: int


class Optimizers:
    """Remembers what each call built last."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._last: dict[tuple[Spot, ...], _Building] = {}
        self._depths: dict[int, int] = {}
        self._loads = 0

    def loaded(self) -> None:
        """Weights were put into some model or optimizer: what comes is another experiment."""
        self._loads += 1

    def stepped(self, number: int, chain: Chain) -> None:
        """An optimizer has stepped."""
        if number not in self._depths:
            self._depths[number] = sum(len(spot.loops) for spot in spots_of(chain))

    def built(self, optimizer: Optimizer, chain: Chain) -> tuple[Answer, Answer]:
        """Whether it takes the place of one that had stepped, and whether its parameters are new; unknown at first."""
        number, subject = self._identities.number(optimizer), self._identities.of_optimizer(optimizer)
        place = spots_of(chain)
        before = self._last.get(place)
        self._last[place] = _Building(number, subject, self._loads)
        if before is None:
            return Unknown, Unknown
        return self._again(before, subject, chain), Answer.of(not before.subject.own & subject.own)

    def _again(self, before: _Building, subject: Subject, chain: Chain) -> Answer:
        depth = self._depths.get(before.optimizer)
        if depth is None or before.subject != subject or before.loads != self._loads:
            return No
        around = [loop for spot in spots_of(chain) for loop in spot.loops]
        if not around or depth - len(around) > FARTHEST or _is_experiment(around[-1]) or _is_conditional(chain):
            return Unknown
        return Yes


def _is_experiment(loop: Loop) -> bool:
    """Whether each time round is a trial of its own, by the loop's variable or because it tries out what is listed."""
    node = loop.node
    if not isinstance(node, (ast.For, ast.AsyncFor)):
        return False
    names = (each.id for each in ast.walk(node.target) if isinstance(each, ast.Name))
    return isinstance(node.iter, (ast.List, ast.Tuple)) or any(map(repeats_by_name, names))


def _is_conditional(chain: Chain) -> bool:
    """Whether a branch stands between the innermost loop and the place."""
    for spot in reversed(spots_of(chain)):
        if spot.node is None:
            return True
        around = [parent for parent, _ in spot.page.above(spot.node)]
        loops = [loop.node for loop in spot.loops]
        inside = around[: around.index(loops[-1])] if loops and loops[-1] in around else around
        if any(isinstance(each, CONDITIONS) for each in _in_function(inside)):
            return True
        if loops:
            return False
    return False


def _in_function(nodes: list[ast.AST]) -> list[ast.AST]:
    """Those before the function around them."""
    return list(takewhile(lambda node: not isinstance(node, FUNCTIONS), nodes))
