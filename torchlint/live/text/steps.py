"""Where the user's text steps an optimizer or a learning-rate scheduler."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from torchlint.facts.site import Site
from torchlint.knowledge.names import names_scheduler
from torchlint.live.text.pages import Page, called, names_in


def scheduler_steps(page: Page, names: frozenset[str]) -> Iterator[Site]:
    """The calls of `step` on what goes by one of these names, or by any name of a scheduler."""
    for call, receiver in _steps(page):
        if not receiver.isdisjoint(names) or any(map(names_scheduler, receiver)):
            yield page.site(call)


def optimizer_steps(page: Page, names: frozenset[str]) -> Iterator[Site]:
    """The calls of `step` on what goes by one of these names, or that give it to a scaler."""
    for call, receiver in _steps(page):
        if not receiver.union(*map(names_in, call.args)).isdisjoint(names):
            yield page.site(call)


def _steps(page: Page) -> Iterator[tuple[ast.Call, frozenset[str]]]:
    """The calls of `step`, each with the names of whose it is."""
    for call in page.calls.values():
        if called(call) == "step" and isinstance(call.func, ast.Attribute):
            yield call, names_in(call.func.value)
