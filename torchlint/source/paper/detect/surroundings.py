"""What a detector observes around a place, for the questions of what is meant there."""

from __future__ import annotations

from torchlint.intent.held_out import Data
from torchlint.intent.place import Function, LoopAround, Place
from torchlint.intent.unit_tests import holds_unit_tests
from torchlint.knowledge.packages import COUNTS
from torchlint.source import syntax
from torchlint.source.paper.domain.values import Kind, Thing, Value
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.frames import Frame, Loop
from torchlint.source.project import Module
from torchlint.source.written import names_in


def place_of(machine: Machine, *, since: int = 0) -> Place:
    """Where the program stands: all that is being run, or the functions from a number on."""
    return Place(
        tuple(function_of(frame) for frame in machine.frames[since:] if frame.function),
        frozenset(name for test in machine.place.tests for name in names_in(test)),
        tuple(loop_around(loop) for loop in machine.loops if loop.statement is not None),
    )


def function_of(frame: Frame) -> Function:
    """A function being run."""
    owner = frame.owner.definition.name if frame.owner else ""
    return Function(frame.function, frame.module.path, owner, frame.parameters)


def loop_around(loop: Loop) -> LoopAround:
    """What the header of a loop says."""
    source = _counted(loop.statement.source) if isinstance(loop.statement, syntax.For) else None
    listed = isinstance(source, syntax.Collection) and source.kind in ("list", "tuple")
    return LoopAround(frozenset(loop.variables), listed)


def _counted(source: syntax.Expression) -> syntax.Expression:
    """What a loop goes over, without what only counts it or shows how far it is."""
    match source:
        case syntax.Call(function=syntax.Name(id=name), arguments=[syntax.Argument(value=inner), *_]) if name in COUNTS:
            return _counted(inner)
    return source


def data_of(machine: Machine, loop: Loop) -> Data:
    """What the loader of a loop and its dataset are called."""
    names = frozenset(name.rpartition(".")[2] for name in loop.names)
    return Data(names, _dataset_names(machine, loop.loader))


def _dataset_names(machine: Machine, loader: Value | None) -> frozenset[str]:
    if not isinstance(loader, Thing) or loader.kind is not Kind.LOADER:
        return frozenset()
    dataset = loader.arguments.get("dataset", 0)
    return machine.names_of(dataset) if dataset is not None else frozenset()


def is_in_unit_tests(module: Module) -> bool:
    """Whether a file holds unit tests."""
    return holds_unit_tests(module.path, _defined(module))


def _defined(module: Module) -> list[str]:
    """The functions of a file and the methods of its classes, by name."""
    found: list[str] = []
    for statement in module.summary.body:
        if isinstance(statement, syntax.Function):
            found.append(statement.name)
        elif isinstance(statement, syntax.Class):
            found += [each.name for each in statement.body if isinstance(each, syntax.Function)]
    return found
