"""What the names around a loop say about it: those of its loader and dataset, and of the functions being run."""

from __future__ import annotations

from torchlint.knowledge.names import adapts_by_name, named_for_evaluation
from torchlint.source.paper.detect.unit_tests import runs_unit_test
from torchlint.source.paper.domain.values import Kind, Thing, Value
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.frames import Loop


def names_of(machine: Machine, loop: Loop) -> set[str]:
    """What a loop's loader and its dataset are called."""
    return {name.rpartition(".")[2] for name in loop.names} | _dataset_names(machine, loop.loader)


def _dataset_names(machine: Machine, loader: Value | None) -> set[str]:
    if not isinstance(loader, Thing) or loader.kind is not Kind.LOADER:
        return set()
    dataset = loader.arguments.get("dataset", 0)
    return set(machine.names_of(dataset)) if dataset is not None else set()


def is_named_for_evaluation(machine: Machine, loop: Loop) -> bool:
    """Whether a loop goes over data that is named for evaluation."""
    return named_for_evaluation(names_of(machine, loop))


def is_held_out(machine: Machine, loop: Loop) -> bool:
    """Whether a loop goes over data that is named for evaluation, and nothing says that it adapts to it."""
    around = {frame.function for frame in machine.frames}
    return is_named_for_evaluation(machine, loop) and not any(map(adapts_by_name, names_of(machine, loop) | around))


def functions_being_run(machine: Machine) -> set[str]:
    """The names of the functions being run; a unit test is no evaluation, though its name says test."""
    return {frame.function for frame in machine.frames if frame.function and not runs_unit_test(frame)}
