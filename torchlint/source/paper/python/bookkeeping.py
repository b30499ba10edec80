"""What the interpreter keeps beside the state: where it stands, what it may spend, and what it need not do again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from torchlint.facts.answer import Answer
from torchlint.facts.event import Backward
from torchlint.facts.site import Site
from torchlint.source import syntax
from torchlint.source.paper.domain.tensor import Shape
from torchlint.source.paper.domain.values import Literal, Opaque, ProjectClass, Thing, Value
from torchlint.source.paper.state.cells import Mode
from torchlint.source.paper.state.condition import WrittenTest
from torchlint.source.paper.state.frames import Frame


@dataclass(slots=True)
class Place:
    """Where the program stands: the line, and how many branches and runs of models are around it.

    `branches` counts those that may not be taken; `tests` are what the `if`s around ask, whether it is known or not.
    `recorded` says whether a part of the model being run was run with gradients, Unknown before any part was run.
    """

    line: int = 0
    branches: int = 0
    tests: list[syntax.Expression] = field(default_factory=list)
    forward_depth: int = 0
    recorded: Answer = Answer.UNKNOWN

    @property
    def nesting(self) -> int:
        """In how many `if`s it stands."""
        return len(self.tests)


@dataclass(slots=True)
class Budget:
    """What is spent: the work of this `entry` (one program), and the functions that it ran.

    `running` are the functions being run, `visits` how often each was, `executed` those that any entry ran, by
    identity. `gave_up` are the files of which not all was followed: None for a limit that was reached, or the error.
    """

    steps: int = 0
    entry: int = 0
    visits: dict[int, int] = field(default_factory=dict)
    running: list[int] = field(default_factory=list)
    executed: set[int] = field(default_factory=set)
    gave_up: dict[str, Exception | None] = field(default_factory=dict)

    def begin_entry(self) -> None:
        """The next program may spend as much."""
        self.entry += 1
        self.steps = 0
        self.visits = {}


@dataclass(frozen=True, slots=True)
class Written:
    """What was saved: a whole model, or one of several, each in the modes that it may have been in."""

    models: tuple[tuple[Thing, frozenset[Mode]], ...]


@dataclass(frozen=True, slots=True)
class Followed:
    """One run of a `forward`: the occasion, what it gave, and the gradients of its inputs that it asked for.

    `recorded` says whether a part of it recorded a graph, Unknown where gradients were off around it.
    """

    occasion: object
    output: Value
    gradients: tuple[Backward, ...]
    recorded: Answer


@dataclass(slots=True)
class Memory:
    """What need not be run again: `results` of calls, `built` objects by class, what `forward` gave.

    `samples` are the shapes of what each dataset gives for one index, by its number. `effects` counts what was told,
    `changed` says whether the last call changed anything outside: a call that did neither is answered from memory.
    `first_modes` are those in which a call was first run, `first_schedules` say whether a scheduler was then stepped
    ahead of its optimizer, `saved` the whole models that each program wrote last to its
    files, `asking` the tensors that were told to ask for gradients, on some way.
    """

    results: dict[object, Any] = field(default_factory=dict)
    effects: int = 0
    changed: bool = False
    built: dict[int, dict[tuple[object, ...], Thing]] = field(default_factory=dict)
    samples: dict[int, tuple[Shape | None, ...]] = field(default_factory=dict)
    forwarded: dict[int, list[Followed]] = field(default_factory=dict)
    first_modes: dict[object, frozenset[Mode]] = field(default_factory=dict)
    first_schedules: dict[object, Answer] = field(default_factory=dict)
    saved: dict[tuple[int, str], Written] = field(default_factory=dict)
    asking: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Imported:
    """The modules and scopes of the project: `mains` are run as scripts, `seeding_modules` seed when imported.

    `framework_batches` are, by file, the batches that a framework gives to the methods in it.
    """

    frames: dict[str, Frame] = field(default_factory=dict)
    scopes: dict[int, Frame] = field(default_factory=dict)
    mains: set[str] = field(default_factory=set)
    seeding_modules: dict[str, Answer] = field(default_factory=dict)
    classes: list[ProjectClass] = field(default_factory=list)
    framework_batches: dict[str, Opaque] = field(default_factory=dict)


@dataclass(slots=True)
class Objects:
    """The objects that were built, the attributes that were set on each, and those that were only asked for.

    `imported` are those that modules hold which were not read, by their dotted names.
    """

    all: list[Thing] = field(default_factory=list)
    optimizers: list[Thing] = field(default_factory=list)
    attribute_names: dict[int, list[str]] = field(default_factory=dict)
    unknown: dict[tuple[int, str], Opaque] = field(default_factory=dict)
    imported: dict[str, Opaque] = field(default_factory=dict)


@dataclass(slots=True)
class Texts:
    """What is made once of each piece of text: places, constants and tests; `trainers` train where they are called."""

    sites: dict[tuple[str, int, int], Site] = field(default_factory=dict)
    constants: dict[int, Literal] = field(default_factory=dict)
    tests: dict[int, WrittenTest] = field(default_factory=dict)
    trainers: dict[int, bool] = field(default_factory=dict)
