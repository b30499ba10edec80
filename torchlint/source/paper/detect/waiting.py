"""Calls on paper that make the host wait for the device, and whether every iteration of training makes them."""

from __future__ import annotations

from torchlint.facts.hygiene import Synchronisation
from torchlint.facts.loss import Origin
from torchlint.facts.site import Site
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Value
from torchlint.source.paper.python.machine import Loop, Machine

_WAITS = frozenset("item tolist cpu numpy".split())


def note_method(machine: Machine, owner: TensorValue, name: str, site: Site) -> None:
    """A method of a tensor that was computed on the device may need its value at once."""
    if name in _WAITS and owner.origin in (Origin.LOSS, Origin.OUTPUT):
        _note(machine, f".{name}()", site)


def note_print(machine: Machine, printed: Value, site: Site) -> None:
    """Printing a tensor reads it."""
    if isinstance(printed, TensorValue) and printed.origin in (Origin.LOSS, Origin.OUTPUT):
        _note(machine, "print(...)", site)


def _note(machine: Machine, call: str, site: Site) -> None:
    # Under a condition it may happen seldom, and `branches` counts the branches that are open.
    loop = machine.loops[-1] if machine.loops and not machine.forward_depth else None
    if loop is None or machine.branches != loop.branches:
        return
    if all((site.file, site.line) != (known.file, known.line) for known in loop.waits):
        loop.waits[site] = call


def tell(machine: Machine, loop: Loop) -> None:
    """Tell of the waits in a loop that trains."""
    for site, call in loop.waits.items():
        machine.record(Synchronisation(site=site, via=tuple(machine.via), call=call))
