"""Modes on paper: train and eval of models, and whether gradients are recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from torchlint.facts.answer import Answer, No, Unknown, Yes, join
from torchlint.facts.site import Site
from torchlint.intent.modes import choose_mode
from torchlint.knowledge.training import GRADIENT_SWITCHES
from torchlint.source.paper.domain.tensor import TensorValue
from torchlint.source.paper.domain.values import (
    UNSET,
    Kind,
    Literal,
    Opaque,
    SavedMode,
    Symbol,
    Thing,
    Value,
    is_none,
)
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import AS_BUILT, GRADIENTS, MODES, READ_FROM, Guard, Mode
from torchlint.source.paper.state.objects import inside
from torchlint.source.written import counted_to_the_end, names_in


def gradient_switch(machine: Machine, context: Value) -> Answer | None:
    """What entering a context manager (or a decorator) does to the recording of gradients, if it does anything."""
    dotted = context.dotted if isinstance(context, (Thing, Symbol)) else ""
    setting = GRADIENT_SWITCHES.get(dotted)
    if setting is None:
        return None
    if not isinstance(context, Thing):
        return setting
    mode = context.arguments.get("mode", 0)
    if mode is None:
        return setting
    if not isinstance(mode, Literal):
        return Unknown
    enabled = Answer.of(bool(mode.value))
    return enabled if setting is Unknown else (setting if enabled is Yes else Yes)


def take_effect(machine: Machine, value: Value) -> None:
    """`torch.set_grad_enabled(...)` as a statement of its own switches from there on."""
    if isinstance(value, Thing) and value.dotted.endswith("set_grad_enabled"):
        switch = gradient_switch(machine, value)
        if switch is not None:
            machine.state.set(GRADIENTS, switch)


def entered(machine: Machine, context: Value) -> Value:
    """What `with context as name` binds: a file that is opened is itself."""
    is_file = machine.state.get(READ_FROM, context.number) is not None
    return context if is_file or isinstance(context, (Thing, TensorValue)) else Opaque()


def gradients(machine: Machine) -> Answer:
    """Whether gradients are recorded now."""
    return machine.state.get(GRADIENTS)


def keep_recording(machine: Machine, inside: Answer = Unknown) -> None:
    """A part of the model that is being run is run itself: keep whether it, or what is inside it, surely records."""
    if machine.place.recorded is not Yes:
        known = inside is not Unknown
        machine.place.recorded = inside if known else Answer.of(gradients(machine) is Yes)


def switch_mode(machine: Machine, model: Value, training: Answer, site: Site | None) -> None:
    """Put a model and everything in it into a mode."""
    loops = tuple(_loops_that_go_on(machine))
    conditions = frozenset((key, truth) for key, truth in machine.assumed.items())
    ended = _switches_to_eval(modes_of(machine, model)) if training is not No else frozenset[Site]()
    _put(machine, model, frozenset({Mode(training, site, loops, conditions, _guard(machine), ended=ended)}))


def _loops_that_go_on(machine: Machine) -> Iterator[int]:
    """The loops around, as far as they may come here again: none that is in its last pass, nor those inside it."""
    assumed = ((condition.test, held) for condition, held in machine.assumed.items())
    at_end = {count for test, held in assumed if test is not None for count in counted_to_the_end(test, held)}
    return (loop.number for loop in takewhile(lambda each: each.variables.isdisjoint(at_end), machine.loops))


def _guard(machine: Machine) -> Guard | None:
    """The conditions around in the call being run, unless they choose a mode."""
    frame = machine.frame
    around = machine.place.tests[frame.nesting :]
    if not around or choose_mode(name for test in around for name in names_in(test)):
        return None
    return Guard(frame.number, frozenset(map(id, around)))


def is_by_chance(machine: Machine, mode: Mode) -> bool:
    """Whether the function with the innermost loop switched to a mode under a condition that is no longer around."""
    if mode.guard is None or mode.guard.tests <= set(map(id, machine.place.tests)):
        return False
    loops = len(machine.loops)
    return (
        next((frame.number for frame in reversed(machine.frames) if frame.loops_around < loops), 0) == mode.guard.call
    )


def _put(machine: Machine, model: Value, mode: frozenset[Mode]) -> None:
    """Put a model and everything in it into one of several modes."""
    for number in inside(machine.state, model):
        machine.state.set(MODES, mode, number)


def modes_of(machine: Machine, model: Value) -> frozenset[Mode]:
    """The modes that a model may be in, on the way that is being followed."""
    held = machine.state.get(MODES, model.number)
    if AS_BUILT in held:
        held = held - {AS_BUILT} | _at_birth(machine, model)
    return frozenset(mode for mode in held if not _contradicted(machine, mode))


def _at_birth(machine: Machine, model: Value) -> frozenset[Mode]:
    """The modes that a model may be in which nothing has switched; one of many may be in that of any."""
    if isinstance(model, Thing):
        return frozenset((Mode(model.mode_at_birth, model.site),))
    if isinstance(model, Opaque) and model.among:
        objects = [each for each in model.among if each is not UNSET and not is_none(each)]
        return frozenset[Mode]().union(*(modes_of(machine, each) for each in objects))
    return frozenset((Mode(Unknown),))


def mode_of(machine: Machine, model: Value) -> Value:
    """`model.training`: true or false where it is known, else what it takes to put it back."""
    held = modes_of(machine, model)
    known = join(mode.training for mode in held)
    if known is Unknown or (isinstance(model, Thing) and model.kind is not Kind.LAYER):
        return SavedMode(model=model, modes=held)
    return Literal(value=known is Yes)


def restore(machine: Machine, saved: SavedMode) -> None:
    """Put a model back into the mode in which it was when its mode was read."""
    if saved.model is not None:
        ended = _switches_to_eval(modes_of(machine, saved.model))
        _put(machine, saved.model, frozenset(replace(mode, ended=mode.ended | ended) for mode in saved.modes))


def _contradicted(machine: Machine, mode: Mode) -> bool:
    return any(machine.assumed.get(key) is (not truth) for key, truth in mode.conditions)


def forget_mode(machine: Machine, model: Value) -> None:
    """A call that was not read had the model: its mode is no longer known."""
    held = modes_of(machine, model)
    ended = _switches_to_eval(held)
    forgotten = frozenset(Mode(Unknown, mode.site, mode.loops, ended=ended) for mode in held)
    machine.state.set(MODES, forgotten, model.number)


def mark_evaluated(machine: Machine, model: Value) -> None:
    """An evaluation runs a model: the switch that put it in eval mode was for that."""
    held = machine.state.get(MODES, model.number)
    if any(mode.training is No and not mode.evaluated for mode in held):
        marked = frozenset(replace(mode, evaluated=True) if mode.training is No else mode for mode in held)
        machine.state.set(MODES, marked, model.number)


def left_in_eval(machine: Machine, held: frozenset[Mode], held_at_first: frozenset[Mode]) -> tuple[Site, ...]:
    """The switches to eval mode, in a loop around, that an evaluation may leave behind where a model is run.

    `held_at_first` are the modes in which it was first run there: one that no evaluation had come before is meant.
    """
    evaluations = [mode for mode in held_at_first if mode.training is No and mode.evaluated]
    meant = _switches_to_eval(held_at_first) - {mode.site for mode in evaluations}
    if not evaluations and held_at_first and all(mode.training is No for mode in held_at_first):
        return ()
    around = [loop.number for loop in machine.loops]
    left = {mode.site for mode in held if _is_left(mode, held, around)} - meant
    first = {
        mode.site
        for mode in evaluations
        if _depth(mode, around) and not any(mode.site in other.ended for other in held_at_first)
    }
    return tuple(sorted(site for site in left | first if site is not None))


def _is_left(mode: Mode, held: frozenset[Mode], around: Sequence[int]) -> bool:
    """Whether a switch to eval mode was made in a loop around, and none as deep in those loops may have ended it."""
    depth = _depth(mode, around)
    if mode.training is not No or not depth:
        return False
    return not any(other.training is not No and other.site and _depth(other, around) >= depth for other in held)


def _depth(mode: Mode, around: Sequence[int]) -> int:
    """In how many of the loops around the mode was switched."""
    return len(set(around).intersection(mode.loops))


def _switches_to_eval(held: frozenset[Mode]) -> frozenset[Site]:
    return frozenset(mode.site for mode in held if mode.training is No and mode.site is not None)
