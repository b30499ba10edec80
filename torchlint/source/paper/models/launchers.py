"""Launchers: they run a function in a new process, or from the command line."""

from __future__ import annotations

from torchlint.knowledge.training import LAUNCHERS, Launcher
from torchlint.source.paper.domain.values import Arguments, Many, Opaque, Routine, Value, opaque_named, options
from torchlint.source.paper.models.declaration import Call, Function, Models, Source
from torchlint.source.paper.occurrences.program import ProcessesStarted
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.containers import items_of

MODELS = Models()


def _launches(launcher: Launcher) -> Source:
    """Run what is launched, once; with several processes, each does the same."""

    def launch(call: Call) -> Value:
        function = call.arguments.get(*launcher.function)
        given = call.arguments.get(*launcher.arguments) if launcher.arguments else None
        for each in options(function) if function is not None else ():
            if isinstance(each, Routine):
                if launcher.arguments is not None:
                    call.machine.tell(ProcessesStarted(call.site))
                call.machine.call_routine(each, _given(call.machine, launcher, given), call.site)
        return Opaque(from_call=True, name=call.last)

    return launch


def _given(machine: Machine, launcher: Launcher, given: Value | None) -> Arguments:
    rank: list[Value] = [opaque_named("rank")] if launcher.rank else []
    if isinstance(given, Many):
        return Arguments(rank + items_of(machine.state, given))
    return Arguments(rank, unknown=launcher.arguments is None or given is not None)


MODELS.declare(*(Function(launcher.name, gives=_launches(launcher)) for launcher in LAUNCHERS))
