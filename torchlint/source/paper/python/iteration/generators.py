"""Generators on paper: one that gives the batches of a loader, for ever or once, is iterated over as the loader is."""

from __future__ import annotations

from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import Arguments, Kind, Thing, Value, opaque_named
from torchlint.source.paper.occurrences.data import BatchesYielded
from torchlint.source.paper.python.iteration.elements import loader_of
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.containers import values_in


def run_yield(machine: Machine, value: Value, *, each: bool) -> None:
    """Remember the loader whose batch is yielded, or `each` of whose batches are."""
    loader = loader_of(machine, value) if each else _source(machine, value)
    machine.frame.yielded.append(loader)
    if loader is not None:
        machine.tell(BatchesYielded(loader))


def _source(machine: Machine, value: Value) -> Value | None:
    """The loader that a batch, or a part of one in what is yielded, comes from."""
    held = values_in(machine.state, value)
    numbers = {each.loader for each in held if isinstance(each, TensorValue)}
    known = [loop.loader for loop in reversed(machine.loops)] + [machine.frame.drawn]
    return next((each for each in known if each is not None and each.number in numbers), None)


def made_by(machine: Machine, function: str) -> Value:
    """What calling a generator function gives, after its body was run."""
    yielded = {each.number: each for each in machine.frame.yielded if each is not None}
    if len(yielded) != 1 or None in machine.frame.yielded:
        return opaque_named(function, from_call=True)
    return Thing(
        frozenset((function,)), kind=Kind.ITERATOR, dotted=function, arguments=Arguments(list(yielded.values()))
    )
