"""Batches drawn by hand: a loop that asks an older iterator for the next one each time goes over that loader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from torchlint.facts.site import Site
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Value, options
from torchlint.source.paper.occurrences.data import BatchDrawn, LoaderUsed, Use
from torchlint.source.paper.python.iteration.elements import batch_of
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.frames import Loop


def read_in_loop(machine: Machine, loaders: Iterable[Value], around: Sequence[Loop]) -> None:
    """A loop goes through one of these loaders: those around it repeat that, and draw no batches of their own."""
    for loader in loaders:
        machine.tell(LoaderUsed(loader.number, Use.READ))
    for loop in around:
        loop.is_around_another = True
        if loop.by_hand:
            loop.loader, loop.names, loop.by_hand = None, frozenset(), False


def draw(machine: Machine, loader: Value, source: Value, site: Site) -> TensorValue:
    """`next(source)`: a batch of a loader."""
    machine.frame.drawn = loader
    machine.tell(BatchDrawn(loader, source, site))
    loop = machine.loops[-1] if machine.loops else None
    if loop is not None and _goes_over(machine, loop, source):
        read_in_loop(machine, (loader,), machine.loops[:-1])
        loop.loader, loop.names, loop.by_hand = loader, machine.names_of(loader), True
    return batch_of(machine, loader).refined(drawn=site)


def _goes_over(machine: Machine, loop: Loop, source: Value) -> bool:
    """Whether each pass of a loop, that goes over nothing else, takes the next of what is older than the loop."""
    if loop.loader is not None or loop.unrolled or loop.is_around_another:
        return False
    always = machine.place.branches == loop.branches
    return always and any(each.number < loop.number for each in options(source))
