"""The machine that runs a project on paper: what it holds while it runs, and how it calls and forks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from torchlint.facts.answer import Yes
from torchlint.facts.event import Backward, Event
from torchlint.facts.site import Site
from torchlint.source import syntax
from torchlint.source.paper.domain.join import either
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import (
    UNSET,
    Arguments,
    Choice,
    Literal,
    Opaque,
    Routine,
    Symbol,
    Thing,
    Value,
    numbers,
    opaque_named,
    present,
)
from torchlint.source.paper.occurrences.bus import Bus, GaveUp, Occurrence
from torchlint.source.paper.occurrences.layers import TensorPassedOn
from torchlint.source.paper.python.bookkeeping import Budget, Imported, Memory, Objects, Place, Texts
from torchlint.source.paper.state.cells import ASSIGNED, LOCAL, NAMES, REWRITTEN
from torchlint.source.paper.state.condition import Condition
from torchlint.source.paper.state.frames import Frame, Loop
from torchlint.source.paper.state.objects import add_name, children_of, names_of
from torchlint.source.paper.state.state import State
from torchlint.source.paper.state.trace import Block, Construct, End, Exit, Fork, Node, matters
from torchlint.source.project import Project

STEPS_PER_ENTRY = 300_000
DEPTH = 24
VISITS = 32


@dataclass(frozen=True, slots=True)
class Language:
    """What the interpreter does with the parts of the language, for those that are imported before it is."""

    evaluate: Callable[[Machine, syntax.Expression], Value]
    run_block: Callable[[Machine, Sequence[syntax.Statement]], bool]
    call_value: Callable[[Machine, Value, Arguments, Site], Value]
    call_routine: Callable[[Machine, Routine, Arguments, Site | None], Value]


class Machine:
    """State of the run on paper; the other files of this room are what it does with it."""

    def __init__(self, project: Project, language: Language) -> None:
        self.project = project
        self.language = language
        self.evaluate: Callable[[syntax.Expression], Value] = partial(language.evaluate, self)
        self.run_block: Callable[[Sequence[syntax.Statement]], bool] = partial(language.run_block, self)
        self.bus = Bus()
        self.state = State()
        self.trace: list[Node] = []
        self.frames: list[Frame] = []
        self.via: list[Site] = []
        self.loops: list[Loop] = []
        self.assumed: dict[Condition, bool] = {}
        self.place = Place()
        self.budget = Budget()
        self.memory = Memory()
        self.modules = Imported()
        self.objects = Objects()
        self.texts = Texts()

    def items(self) -> tuple[object, ...]:
        """What tells this pass of each loop from the others, None where the items are not known one by one."""
        return tuple(loop.item for loop in self.loops)

    @property
    def frame(self) -> Frame:
        """The function being run."""
        return self.frames[-1]

    def begin_entry(self) -> None:
        """Another program is run: what it may spend is new, and what models gave in the one before is forgotten."""
        self.budget.begin_entry()
        self.memory.forwarded = {}
        self.trace = []

    def end_entry(self) -> None:
        """A program has ended, or its budget has: nothing is being run."""
        self.frames, self.via, self.loops, self.assumed = [], [], [], {}
        self.budget.running = []
        self.place = Place()

    def call_value(self, callee: Value, arguments: Arguments, site: Site) -> Value:
        """`callee(arguments)`."""
        return self.language.call_value(self, callee, arguments, site)

    def call_routine(self, routine: Routine, arguments: Arguments, site: Site | None) -> Value:
        """Run a project function with its arguments bound."""
        return self.language.call_routine(self, routine, arguments, site)

    @property
    def inside_branches(self) -> int:
        """How many branches the program stands in, known to be taken or not."""
        return self.place.branches + self.place.nesting

    def tell(self, occurrence: Occurrence) -> None:
        """Tell the detectors of something that is no event of the run."""
        self.bus.tell(occurrence)

    def tick(self) -> None:
        """Count one piece of work."""
        self.budget.steps += 1
        if self.budget.steps > STEPS_PER_ENTRY:
            raise GaveUp

    def site(self, line: int, part: int = -1) -> Site:
        """A place in the file being run."""
        key = (self.frames[-1].module.path, line, part)
        known = self.texts.sites.get(key)
        if known is None:
            known = self.texts.sites[key] = Site(key[0], line, part=part)
        return known

    def happen(self, event: Event) -> None:
        """Tell the detectors of an event of the run, and add it to the trace.

        What models do inside is none of the run's business, but that they ask for gradients of what they are given.
        """
        self.memory.effects += 1
        self.bus.tell(event)
        if not self.place.forward_depth or (isinstance(event, Backward) and event.of_input is Yes):
            self.trace.append(event)

    # What values are called, and what is in them.

    def names_of(self, value: Value) -> frozenset[str]:
        """All that a value is called here."""
        return names_of(self.state, value)

    def children_of(self, owner: Value) -> Mapping[str, Value]:
        """The parts that are registered on a module here, by name."""
        return children_of(self.state, owner)

    def rewrite(self, tensor: TensorValue, **changes: object) -> TensorValue:
        """A tensor is changed in place: whoever holds it sees it so from here on."""
        changed = tensor.refined(**changes)
        self.state.set(REWRITTEN, changed, tensor.number)
        return changed

    def unknown_attribute(self, owner: Value, name: str, called: str = "") -> Opaque:
        """What an attribute holds that nobody was seen to set: the same each time that it is asked for."""
        key = (owner.number, name)
        known = self.objects.unknown.get(key)
        if known is None:
            names = {name, f"{owner.number}.{name}"} if isinstance(owner, Thing) else {name}
            known = self.objects.unknown[key] = Opaque(frozenset(names), name=called or name)
        return known

    def imported(self, symbol: Symbol) -> Opaque:
        """What a name of a module that was not read holds, taken for an object: the same wherever it is used."""
        known = self.objects.imported.get(symbol.dotted)
        if known is None:
            known = self.objects.imported[symbol.dotted] = opaque_named(symbol.last)
        for alias in self.names_of(symbol):
            add_name(self.state, known, alias)
        return known

    def was_touched(self, owner: Value, name: str) -> bool:
        """Whether an attribute of an object was read or set."""
        return (owner.number, name) in self.objects.unknown or bool(self.state.get(ASSIGNED, owner.number, name))

    # Variables.

    def lookup(self, name: str) -> Value | None:
        """The value of a variable here, by Python's scoping."""
        frame: Frame | None = self.frames[-1]
        assert frame is not None
        if name in frame.outer:
            frame = frame.outer[name]
        while frame is not None:
            value = self.state.variable(frame.number, name)
            if value is not UNSET:
                if isinstance(value, (Choice, TensorValue)):
                    return self.state.current(present(value))
                return value
            frame = frame.scope
        return None

    def bind(self, name: str, value: Value) -> None:
        """Assign a variable."""
        frame = self.frames[-1]
        frame = frame.outer.get(name, frame)
        self.state.set(LOCAL, value, frame.number, name)
        frame.bound.add(name)
        if not isinstance(value, (Literal, Routine)):
            add_name(self.state, value, name)
        if self.place.forward_depth and isinstance(value, TensorValue):
            self.tell(TensorPassedOn(value))

    # Ways.

    @contextmanager
    def aside(self, store: State) -> Iterator[list[Node]]:
        """Run something on another store, with a trace of its own."""
        kept_store, kept_trace = self.state, self.trace
        self.state, self.trace = store, []
        try:
            yield self.trace
        finally:
            self.state, self.trace = kept_store, kept_trace

    def fork(self, condition: Condition | None, ways: list[tuple[bool, Callable[[], bool]]]) -> bool:
        """Run several ways from here and go on with what they have in common; False when none goes on."""
        alternatives: list[tuple[Condition | None, bool, list[Node]]] = []
        going: list[State] = []
        self.place.branches += 1
        here, parted = self.state, numbers()
        for truth, run in ways:
            kept = self.assumed.get(condition) if condition is not None else None
            if condition is not None:
                self.assumed[condition] = truth
            try:
                with self.aside(here.fork()) as trace:
                    goes_on = run()
                    if goes_on:
                        going.append(self.state.since(here))
            finally:
                if condition is not None:
                    if kept is None:
                        self.assumed.pop(condition, None)
                    else:
                        self.assumed[condition] = kept
            alternatives.append((condition, truth, trace))
        self.place.branches -= 1
        if any(matters(trace) for _, _, trace in alternatives):
            self.trace.append(Fork(alternatives))
        if not going:
            return False
        if len(going) < len(ways):
            self.state = here.fork()  # The ways that left keep what they know: this layer stays as it is.
        self.state.absorb(going, parted, at_once=True)
        return True

    def _lasts(self, made: State, frame: Frame) -> bool:
        """Whether what a function set tells anything to who called it."""
        # Numbers grow: what is younger than the frame was made in it, and nobody outside has seen it.
        younger = frame.number
        for key, value in made.own.items():
            if len(key) == 1:
                if self.state.get(key[0]) != value:
                    return True
            elif key[1] < younger and key[0] is not NAMES:
                return True
        return False

    def end(self, left_by: Exit) -> None:
        """Leave the block being run."""
        self.trace.append(End(left_by))

    def enter(
        self,
        frame: Frame,
        body: Callable[[], Value | None],
        *,
        called_from: Site | None,
    ) -> Value:
        """Run a function's body in a frame of its own and join what its returns give."""
        base = frame.entered = self.state.fork()
        parted = numbers()
        kept_loops, self.loops = self.loops, self.loops
        self.frames.append(frame)
        if called_from is not None:
            self.via.append(called_from)
        try:
            with self.aside(base) as trace:
                value = body()
                last = self.state
        finally:
            self.frames.pop()
            self.loops = kept_loops
            if called_from is not None:
                self.via.pop()
        self.memory.changed = False
        ways = [state.since(base) for _, state in frame.returns]
        result: Value | None = None
        for returned, _ in frame.returns:
            result = returned if result is None else either(result, returned)
        if value is not None:
            result = value if result is None else either(result, value)
            ways.append(last.since(base))
        if ways:
            base.absorb(ways, parted)
            self.memory.changed = self._lasts(base, frame)
            if not frame.is_scope:
                base.forget(LOCAL, frame.number)  # Nothing can read its variables any more.
            self.state.adopt(base)
        if trace:
            self.trace.append(Block(Construct.FUNCTION, trace))
        return result if result is not None else Opaque()
