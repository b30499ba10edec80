"""What the interpreter and the models of libraries tell the detectors: each kind of occurrence is a class."""

from __future__ import annotations

from dataclasses import dataclass

from torchlint.source.paper.domain.values import Thing
from torchlint.source.paper.python.bus import Occurrence


@dataclass(frozen=True, slots=True)
class EntryEnded(Occurrence):
    """One program, a script from its top or a function that nobody calls, was run to its end."""


@dataclass(frozen=True, slots=True)
class ProjectEnded(Occurrence):
    """Everything was run: what was remembered can be told."""


@dataclass(frozen=True, slots=True)
class Built(Occurrence):
    """An object of a library's class or of a project class is built, before its `__init__` runs."""

    made: Thing
