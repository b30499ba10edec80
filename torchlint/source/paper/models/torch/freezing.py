"""Parameters that are told to stay as they are: `requires_grad` of them, or of all that a module has."""

from __future__ import annotations

from collections.abc import Iterable

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.site import Site
from torchlint.source.paper.domain.values import Literal, Value, numbers
from torchlint.source.paper.occurrences.training import ParametersFreed
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import FREEZING, FROZEN, Freezing


def set_gradients(machine: Machine, owners: Iterable[int], wanted: Value | None, site: Site) -> None:
    """Freeze the parameters of these owners, or free them, as a value says; without one they are freed."""
    owners = frozenset(owners)
    frozen = No
    if wanted is not None:
        frozen = Answer.of(not wanted.value) if isinstance(wanted, Literal) else Unknown
    freezing = Freezing(frozen, (site, tuple(machine.via)), numbers())
    for each in owners:
        machine.state.set(FREEZING, freezing, each)
        if frozen is Yes:
            machine.state.set(FROZEN, Yes, each)
    if frozen is not Yes:
        machine.tell(ParametersFreed(owners))
