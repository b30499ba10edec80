"""The machine that runs a project on paper: what it holds while it runs, and how it calls and forks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from torchlint.facts.event import Accumulate, Event
from torchlint.facts.fact import Fact
from torchlint.facts.loss import Threshold
from torchlint.facts.run import Prediction
from torchlint.facts.site import Site
from torchlint.source import syntax
from torchlint.source.paper.domain.join import either
from torchlint.source.paper.domain.tensor import SumKey, TensorValue
from torchlint.source.paper.domain.values import (
    UNSET,
    Arguments,
    Kind,
    Literal,
    Opaque,
    ProjectClass,
    Routine,
    Thing,
    Value,
    numbers,
    opaque_named,
    present,
)
from torchlint.source.paper.python.bus import Bus, GaveUp, Occurrence
from torchlint.source.paper.python.occurrences import TensorPassedOn
from torchlint.source.paper.state.cells import ASSIGNED, LOCAL, NAMES, REWRITTEN, Mode
from torchlint.source.paper.state.objects import add_name, children_of, names_of
from torchlint.source.paper.state.state import State
from torchlint.source.paper.state.trace import Block, End, Fork, Node, matters
from torchlint.source.project import Module, Project

STEPS_PER_ENTRY = 300_000
DEPTH = 24
VISITS = 32


@dataclass(slots=True, eq=False)
class Frame:
    """A function being run: its variables stand in the store under its number.

    `crossings` counts the branches that the program had met when it was called, `drawn` is the loader of which it drew
    a batch by hand. `may_be_kept` says that a decorator may give back what an earlier call gave;
    `yielded` are the loaders whose batches it yields, None for what is no batch of a loader. `entered` is the state in
    which it was called, with what all its ways did from there on; `is_scope`
    says that functions or classes were defined in it, which may read its variables later.
    """

    module: Module
    number: int
    function: str = ""
    receiver: Value | None = None
    owner: ProjectClass | None = None
    scope: Frame | None = None
    outer: dict[str, Frame] = field(default_factory=dict)
    returns: list[tuple[Value, State]] = field(default_factory=list)
    exits: list[tuple[str, State]] = field(default_factory=list)
    bound: set[str] = field(default_factory=set)
    crossings: int = 0
    drawn: Value | None = None
    may_be_kept: bool = False
    yielded: list[Value | None] = field(default_factory=list)
    entered: State | None = None
    is_scope: bool = False


@dataclass(slots=True)
class Loop:
    """A loop being run; a second pass tells nothing new where the first was not `eventful`.

    `counting` is its text where it goes over a `range`.
    """

    number: int
    site: Site
    loader: Value | None = None
    names: frozenset[str] = frozenset()
    target: str = ""
    asks: bool = False
    inside: int = 0
    branches: int = 0
    eventful: bool = True
    unrolled: bool = False
    counting: syntax.For | None = None
    trained: list[Value] = field(default_factory=list)
    waits: dict[Site, str] = field(default_factory=dict)


@dataclass(slots=True)
class KeptSum:
    """A loss that was added to what a loop carries on: the losses it was made of, and what is known of the sum."""

    event: Accumulate
    key: SumKey
    terms: frozenset[int]
    is_loss: bool
    across_steps: bool = False


@dataclass(slots=True)
class Streams:
    """Batches that come from where no loop over a loader is seen.

    `endless` are the loaders, by number, that a generator goes over again and again: with its loop, the calls that
    lead there and the entry. `epochs_set` are the entries in which something calls `set_epoch`, and `of_framework` is
    what a framework goes through.
    """

    endless: dict[int, tuple[Value, Site, tuple[Site, ...], int]] = field(default_factory=dict)
    epochs_set: set[int] = field(default_factory=set)
    of_framework: Opaque = field(default_factory=lambda: opaque_named("batches"))


@dataclass(slots=True)
class Architecture:
    """What is remembered of layers until the end of the run tells what became of them.

    `built_anew` are layers that every run of a `forward` builds, `frozen` what is told to stay as it is.
    """

    built_anew: set[int] = field(default_factory=set)
    frozen: set[int] = field(default_factory=set)


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
        self.bus = Bus()
        self.state = State()
        self.unknown_attributes: dict[tuple[int, str], Opaque] = {}
        self.trace: list[Node] = []
        self.facts: dict[object, Fact] = {}
        self.frames: list[Frame] = []
        self.via: list[Site] = []
        self.loops: list[Loop] = []
        self.unrolled: list[object] = []
        self.assumed: dict[str, bool] = {}
        self.steps, self.entry, self.line = 0, 0, 0
        self.effects, self.changed = 0, False
        self.results: dict[object, Any] = {}
        self.executed: set[int] = set()
        self.running: list[int] = []
        self.visits: dict[int, int] = {}
        self.module_frames: dict[str, Frame] = {}
        self.scopes: dict[int, Frame] = {}
        self.things: list[Thing] = []
        self.forward_depth = 0
        self.first_modes: dict[object, frozenset[Mode]] = {}
        self.loader_use: dict[int, set[str]] = {}
        self.batch_marks: dict[int, set[str]] = {}
        self.streams = Streams()
        self.judged: dict[int, set[int]] = {}
        self.draws: dict[Site, dict[str, Any]] = {}
        self.losses_of: dict[tuple[int, str], set[str]] = {}
        self.thresholds: dict[object, tuple[Threshold, tuple[int, str] | None]] = {}
        self.gave_up: set[str] = set()
        self.awaiting_step: set[int] = set()
        self.backward_terms: frozenset[int] = frozenset()
        self.backward_sums: frozenset[SumKey] = frozenset()
        self.escaped_sums: frozenset[SumKey] = frozenset()
        self.sums: dict[Event, KeptSum] = {}
        self.hooks: list[Event] = []
        self.iterations: list[object] = []
        self.evaluated: set[Site] = set()
        self.lengths: dict[int, Value] = {}
        self.mains: set[str] = set()
        self.measured: dict[int, tuple[Site, str]] = {}
        self.moments: dict[int, tuple[int, Site]] = {}
        self.data_parallel: set[int] = set()
        self.seeding_modules: set[str] = set()
        self.classes: list[ProjectClass] = []
        self.built: dict[int, dict[tuple[object, ...], Thing]] = {}
        self.forwarded: dict[int, list[tuple[object, Value]]] = {}
        self.optimizers: list[Thing] = []
        self.buildings: dict[object, Any] = {}
        self.late_layers: list[Any] = []
        self.stepped: dict[int, int] = {}
        self.weights_set, self.branches, self.crossings, self.nesting = 0, 0, 0, 0
        self.predictions: list[Prediction] = []
        self.trained, self.seeded = False, False
        self.attribute_names: dict[int, list[str]] = {}
        self.sites: dict[tuple[str, int, int], Site] = {}
        self.constants: dict[int, Literal] = {}
        self.conditions: dict[int, tuple[str, tuple[str, ...], bool]] = {}
        self.architecture = Architecture()

    @property
    def frame(self) -> Frame:
        """The function being run."""
        return self.frames[-1]

    def evaluate(self, expression: syntax.Expression) -> Value:
        """The value of an expression; what it does is done."""
        return self.language.evaluate(self, expression)

    def run_block(self, body: Sequence[syntax.Statement]) -> bool:
        """Run statements in order; False when the end of the block is not reached."""
        return self.language.run_block(self, body)

    def call_value(self, callee: Value, arguments: Arguments, site: Site) -> Value:
        """`callee(arguments)`."""
        return self.language.call_value(self, callee, arguments, site)

    def call_routine(self, routine: Routine, arguments: Arguments, site: Site | None) -> Value:
        """Run a project function with its arguments bound."""
        return self.language.call_routine(self, routine, arguments, site)

    def tell(self, occurrence: Occurrence) -> None:
        """Tell the detectors of something that is no event of the run."""
        self.bus.tell(occurrence)

    def tick(self) -> None:
        """Count one piece of work."""
        self.steps += 1
        if self.steps > STEPS_PER_ENTRY:
            raise GaveUp

    def site(self, line: int, part: int = -1) -> Site:
        """A place in the file being run."""
        key = (self.frames[-1].module.path, line, part)
        known = self.sites.get(key)
        if known is None:
            known = self.sites[key] = Site(key[0], line, part=part)
        return known

    def record(self, fact: Fact, *more: object) -> None:
        """Keep a fact; the latest of a loop's passes replaces the earlier ones."""
        self.effects += 1
        self.facts[self.key(fact, *more)] = fact

    def key(self, fact: Fact, *more: object) -> object:
        """What tells one occasion of a fact from another."""
        return (type(fact), fact.site, fact.via, self.entry, tuple(self.unrolled), *more)

    def happen(self, event: Event) -> None:
        """Tell the detectors of an event of the run, and add it to the trace."""
        self.effects += 1
        self.bus.tell(event)
        if not self.forward_depth:
            self.trace.append(event)

    def use(self, loader: Value, how: str) -> None:
        """Note what the batches of a loader are used for."""
        self.loader_use.setdefault(loader.number, set()).add(how)

    def change_parameters(self) -> None:
        """Parameters are changed, by a step or by hand: the batches that their gradients came from are trained on."""
        for loader in self.awaiting_step:
            self.loader_use.setdefault(loader, set()).add("trains")
        self.awaiting_step.clear()

    def uses_of(self, loader: Value) -> set[str]:
        """What the batches of a loader were used for: "trains", "evaluates", "dealt out", "resampled".

        "told" says that the caller of the function which built it decided whether it shuffles, "by framework" that
        a framework goes through it, so that its batches are those of `streams.of_framework`.
        """
        return self.loader_use.get(loader.number, set())

    def dataset_names(self, loader: Value | None) -> set[str]:
        """What the dataset of a loader is called."""
        if not isinstance(loader, Thing) or loader.kind is not Kind.LOADER:
            return set()
        dataset = loader.arguments.get("dataset", 0)
        return set(self.names_of(dataset)) if dataset is not None else set()

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
        known = self.unknown_attributes.get(key)
        if known is None:
            names = {name, f"{owner.number}.{name}"} if isinstance(owner, Thing) else {name}
            known = self.unknown_attributes[key] = Opaque(frozenset(names), name=called or name)
        return known

    def was_touched(self, owner: Value, name: str) -> bool:
        """Whether an attribute of an object was read or set."""
        return (owner.number, name) in self.unknown_attributes or bool(self.state.get(ASSIGNED, owner.number, name))

    # Variables.

    def lookup(self, name: str) -> Value | None:
        """The value of a variable here, by Python's scoping."""
        frame: Frame | None = self.frames[-1]
        assert frame is not None
        if name in frame.outer:
            frame = frame.outer[name]
        while frame is not None:
            value = self.state.get(LOCAL, frame.number, name)
            if value is not UNSET:
                return self.state.current(present(value))
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
        if self.forward_depth and isinstance(value, TensorValue):
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

    def fork(self, condition: str, ways: list[tuple[bool, Callable[[], bool]]]) -> bool:
        """Run several ways from here and go on with what they have in common; False when none goes on."""
        self.crossings += 1
        alternatives: list[tuple[str, bool, list[Node]]] = []
        going: list[State] = []
        self.branches += 1
        here, parted = self.state, numbers()
        for truth, run in ways:
            kept = self.assumed.get(condition)
            if condition:
                self.assumed[condition] = truth
            try:
                with self.aside(here.fork()) as trace:
                    goes_on = run()
                    if goes_on:
                        going.append(self.state.since(here))
            finally:
                if condition:
                    if kept is None:
                        self.assumed.pop(condition, None)
                    else:
                        self.assumed[condition] = kept
            alternatives.append((condition, truth, trace))
        self.branches -= 1
        if any(matters(trace) for _, _, trace in alternatives):
            self.trace.append(Fork(alternatives))
        if not going:
            return False
        if len(going) < len(ways):
            self.state = here.fork()  # The ways that left keep what they know: this layer stays as it is.
        self.state.absorb(going, parted, at_once=True)
        return True

    def _lasts(self, key: tuple[Any, ...], value: object, frame: Frame) -> bool:
        """Whether what a function set tells anything to who called it."""
        if len(key) == 1:
            return bool(self.state.get(key[0]) != value)
        # Numbers grow: what is younger than the frame was made in it, and nobody outside has seen it.
        return bool(key[1] < frame.number) and key[0] is not NAMES

    def end(self, kind: str) -> None:
        """Leave the block being run."""
        self.trace.append(End(kind))

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
        self.changed = False
        ways = [state.since(base) for _, state in frame.returns]
        result: Value | None = None
        for returned, _ in frame.returns:
            result = returned if result is None else either(result, returned)
        if value is not None:
            result = value if result is None else either(result, value)
            ways.append(last.since(base))
        if ways:
            base.absorb(ways, parted)
            self.changed = any(self._lasts(key, value, frame) for key, value in base.own.items())
            if not frame.is_scope:
                base.forget(LOCAL, frame.number)  # Nothing can read its variables any more.
            self.state.adopt(base)
        if trace:
            self.trace.append(Block("function", trace))
        return result if result is not None else Opaque()
