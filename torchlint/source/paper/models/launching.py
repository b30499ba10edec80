"""Functions that a launcher runs on paper: in a new process, or from the command line."""

from __future__ import annotations

from torchlint.facts.site import Site
from torchlint.knowledge.training import Launcher
from torchlint.source.paper.domain.values import Arguments, Many, Opaque, Routine, Value, opaque_named, options
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.containers import items_of


def launch(launcher: Launcher, machine: Machine, arguments: Arguments, site: Site) -> Value:
    """Run what is launched, once; with several processes, each does the same."""
    function = arguments.get(*launcher.function)
    given = arguments.get(*launcher.arguments) if launcher.arguments else None
    for each in options(function) if function is not None else ():
        if isinstance(each, Routine):
            machine.call_routine(each, _given(machine, launcher, given), site)
    return Opaque(from_call=True, name=launcher.name.rpartition(".")[2])


def _given(machine: Machine, launcher: Launcher, given: Value | None) -> Arguments:
    first: list[Value] = [opaque_named("rank")] if launcher.rank else []
    if isinstance(given, Many):
        return Arguments(first + items_of(machine.state, given))
    return Arguments(first, unknown=launcher.arguments is None or given is not None)
