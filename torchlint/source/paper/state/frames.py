"""What is being run: functions with their variables, and loops."""

from __future__ import annotations

from dataclasses import dataclass, field

from torchlint.facts.site import Site
from torchlint.source import syntax
from torchlint.source.paper.domain.values import ProjectClass, Value
from torchlint.source.paper.state.state import State
from torchlint.source.project import Module
from torchlint.source.written import roots_of


@dataclass(slots=True, eq=False)
class Frame:
    """A function being run: its variables stand in the state under its number.

    `inside_branches` counts the branches that it was called in, `nesting` the `if`s, known or not, and `loops_around`
    the loops. `passed_exit` says that it might have returned before it came here, `drawn` is the loader of which it
    drew a batch by hand. `may_be_kept` says that a decorator may give back what an earlier call gave; `yielded` are the
    loaders whose batches it yields, None for what is no batch of a loader. `entered` is the state in which it was
    called, with what all its ways did from there on; `is_scope` says that functions or classes were defined in it,
    which may read its variables later. `parameters` are their names.
    """

    module: Module
    number: int
    function: str = ""
    receiver: Value | None = None
    owner: ProjectClass | None = None
    scope: Frame | None = None
    parameters: frozenset[str] = frozenset()
    outer: dict[str, Frame] = field(default_factory=dict)
    returns: list[tuple[Value, State]] = field(default_factory=list)
    exits: list[State] = field(default_factory=list)
    bound: set[str] = field(default_factory=set)
    inside_branches: int = 0
    nesting: int = 0
    loops_around: int = 0
    passed_exit: bool = False
    drawn: Value | None = None
    may_be_kept: bool = False
    yielded: list[Value | None] = field(default_factory=list)
    entered: State | None = None
    is_scope: bool = False


@dataclass(slots=True)
class Loop:
    """A loop being run; a second pass tells nothing new where the first was not `eventful`.

    `by_hand` says that it draws the batches of its loader itself, from an iterator that is older than it is.
    `statement` is None for a comprehension, and `counting` is the same one where it goes over numbers, as those of a
    `range`. `branches` counts the branches that were open when it was entered, `unrolled` says that its items are known
    one by one; `item` is then what tells the one of this pass from others.
    A loop that `is_around_another` over a loader goes over none. `source` is what a `for` goes over.
    """

    number: int
    site: Site
    loader: Value | None = None
    names: frozenset[str] = frozenset()
    statement: syntax.For | syntax.While | None = None
    counting: syntax.For | None = None
    branches: int = 0
    eventful: bool = True
    unrolled: bool = False
    item: object = None
    by_hand: bool = False
    is_around_another: bool = False
    source: Value | None = None

    @property
    def variables(self) -> set[str]:
        """The variables that each pass binds."""
        return roots_of(self.statement.target) if isinstance(self.statement, syntax.For) else set()
