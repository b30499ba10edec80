"""Detects iterations of training: the ways through a loop, or through a function that a framework calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from torchlint.facts.answer import Answer, No, Unknown, Yes
from torchlint.facts.event import (
    Accumulate,
    Backward,
    Clear,
    Event,
    Forward,
    LossComputed,
    Step,
    SwitchMode,
    may_train_unseen,
)
from torchlint.facts.run import TrainingIteration
from torchlint.facts.site import Site
from torchlint.facts.way import Way
from torchlint.intent.accumulation import InnerLoop, gathers
from torchlint.intent.held_out import TrainingLoop, trains_on_held_out
from torchlint.source import syntax
from torchlint.source.paper.detect.detector import Detector, listens
from torchlint.source.paper.detect.loops.traces import is_training_loop, outside_loops
from torchlint.source.paper.detect.surroundings import data_of, place_of
from torchlint.source.paper.domain.values import options
from torchlint.source.paper.occurrences.calls import CallUnread
from torchlint.source.paper.occurrences.program import LoopRan, ProgramRan, ProjectEnded
from torchlint.source.paper.occurrences.training import HookRegistered, OptimizerBuilt
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.containers import values_in
from torchlint.source.paper.state.frames import Loop
from torchlint.source.paper.state.trace import Exit, Node, Path, TooManyWays, events, ways, without
from torchlint.source.written import names_in

COMPUTING = (Forward, LossComputed, Accumulate, SwitchMode)
"""What an iteration computes and measures: events that do not bear on the order of its steps."""


class TrainingIterations(Detector):
    """Iterations of training. What the loops around one do is added to it when they end."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._hooks: list[Event] = []
        self._gathered: set[Site] = set()
        self._emitted: dict[object, TrainingIteration] = {}
        self._inside: dict[int, dict[object, None]] = {}
        self._built: set[int] = set()
        self._used: set[int] = set()

    @listens
    def collect_hook(self, registered: HookRegistered) -> None:
        """Remember a hook on gradients: it acts in every iteration."""
        self._hooks.append(registered.clip)

    @listens
    def collect_optimizer(self, built: OptimizerBuilt) -> None:
        """Remember an optimizer."""
        self._built.add(built.made.number)

    @listens
    def collect_step(self, step: Step) -> None:
        """Remember that an optimizer steps."""
        self._used.add(step.optimizer)

    @listens
    def collect_unread(self, unread: CallUnread) -> None:
        """An optimizer that is given to a call that was not read may step there, or wherever that keeps it."""
        held = [item for value in unread.arguments for item in values_in(self.machine.state, value)]
        self._used |= {each.number for value in held for each in options(value)}

    @listens
    def emit_idle(self, _: ProjectEnded) -> None:
        """Tell which of the optimizers that iterations clear never step, now that everything was run."""
        idle = frozenset(self._built - self._used)
        for key, fact in self._emitted.items():
            cleared = frozenset(each.optimizer for each in fact.events(Clear) if each.optimizer in idle)
            if cleared:
                self.revise(key, replace(fact, idle=idle & cleared))

    @listens
    def emit_iteration(self, ran: LoopRan) -> None:
        """Tell what an iteration of a loop does, and what the loop does around those inside it."""
        self._add_surroundings(ran)
        if Backward in ran.kinds and Step not in ran.kinds and _gathers(ran.loop) is Yes:
            self._gathered |= _of_gradients(ran.events)
        if is_training_loop(ran):
            self._emit(ran.nodes, ran.loop.site, Yes, ran.loop)

    @listens
    def emit_function(self, ran: ProgramRan) -> None:
        """Tell what a function that no loop was seen around does, if it trains."""
        kinds = {type(event) for event in outside_loops(ran.nodes)}
        if Step in kinds and Backward in kinds:
            self._emit(ran.nodes, ran.site, ran.repeated, None)

    def _add_surroundings(self, ran: LoopRan) -> None:
        around = tuple(outside_loops(ran.nodes))
        for key in self._inside.get(ran.loop.number, {}):
            fact = self._emitted[key]
            if fact.site != ran.loop.site:
                self._emitted[key] = replace(fact, around=fact.around + around)
                self.revise(key, self._emitted[key])

    def _emit(self, nodes: list[Node], site: Site, inside: Answer, loop: Loop | None) -> None:
        try:
            paths = ways(nodes)
        except TooManyWays:
            paths = _ways_of_steps(nodes)
        # A way that leaves the loop, or skips the batch, is no iteration of training, where there is another.
        whole = [path for path in paths if path.exit in (None, Exit.CONTINUE) and path.events]
        training = [path for path in whole if any(map(_trains, path.events))]
        always = bool(whole) and all(any(isinstance(e, Backward) for e in path.events) for path in whole)
        whole = training or whole
        told = tuple(Way(path.events) for path in whole or paths if path.events)
        iteration = TrainingIteration(
            site=site,
            via=tuple(self.machine.via),
            loop=inside,
            ways=told,
            complete=Yes if told else Unknown,
            loader=min(loop.names, key=len) if loop is not None and loop.names else "",
            on_evaluation_data=self._held_out(loop) if always and loop is not None else No,
            gathered=_of_gradients(events(nodes)) & self._gathered,
            around=tuple(self._hooks),
        )
        key = self.emit(iteration)
        self._emitted[key] = iteration
        for each in self.machine.loops:
            self._inside.setdefault(each.number, {})[key] = None

    def _held_out(self, loop: Loop) -> Answer:
        return trains_on_held_out(TrainingLoop((data_of(self.machine, loop),), place_of(self.machine)))


def _of_gradients(found: Iterable[Event]) -> frozenset[Site]:
    """Where gradients are computed and cleared."""
    return frozenset(each.site for each in found if isinstance(each, (Backward, Clear)))


def _gathers(loop: Loop) -> Answer:
    if not isinstance(loop.statement, syntax.For):
        return Unknown
    names = loop.variables | set(names_in(loop.statement.source))
    return gathers(InnerLoop(frozenset(names), counts=loop.counting is not None, draws=loop.by_hand))


def _trains(event: Event) -> bool:
    return isinstance(event, (Step, Backward)) or may_train_unseen(event)


def _ways_of_steps(nodes: list[Node]) -> list[Path]:
    """The ways as far as steps go: what models compute on them is told ahead, and not on which of them."""
    forwards = tuple(event for event in events(nodes) if isinstance(event, Forward))
    try:
        paths = ways(without(nodes, COMPUTING))
    except TooManyWays:
        return []
    return [replace(path, events=(*forwards, *path.events)) for path in paths if path.events]
