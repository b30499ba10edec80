"""Objects of installed packages as they are built on paper."""

from __future__ import annotations

from torchlint.facts.answer import Answer, Yes
from torchlint.source.paper.domain.values import Kind, Thing
from torchlint.source.paper.models.declaration import Call, Source
from torchlint.source.paper.python.occurrences import Built


def build(call: Call, kind: Kind, mode: Answer = Yes) -> Thing:
    """An object of the class that is called; a model is in that mode."""
    made = Thing(
        kind=kind, dotted=call.name, arguments=call.arguments, site=call.site, via=call.via, mode_at_birth=mode
    )
    call.machine.things.append(made)
    call.machine.effects += 1
    call.machine.tell(Built(made))
    return made


def builds(kind: Kind) -> Source:
    """An object that does nothing yet."""
    return lambda call: build(call, kind)
