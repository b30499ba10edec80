"""Modes on paper: train and eval of models, and whether gradients are recorded."""

from __future__ import annotations

from torchlint.facts.answer import Answer, Unknown, Yes, join
from torchlint.facts.site import Site
from torchlint.knowledge.training import GRADIENT_SWITCHES
from torchlint.source.paper.domain.values import Literal, Opaque, SavedMode, Symbol, TensorValue, Thing, Value, options
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.store import Mode


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
    if isinstance(value, Thing) and value.origin.endswith("set_grad_enabled"):
        switch = gradient_switch(machine, value)
        if switch is not None:
            machine.store.set(("gradients",), switch)


def entered(context: Value) -> Value:
    """What `with context as name` binds."""
    return context if isinstance(context, (Thing, TensorValue)) else Opaque()


def gradients(machine: Machine) -> Answer:
    """Whether gradients are recorded now."""
    held: Answer | None = machine.store.get(("gradients",))
    return Yes if held is None else held


def switch_mode(machine: Machine, model: Value, training: Answer, site: Site | None) -> None:
    """Put a model and everything in it into a mode."""
    loops = tuple(loop.number for loop in machine.loops)
    conditions = frozenset((key, truth) for key, truth in machine.assumed.items())
    _put(machine, model, frozenset({Mode(training, site, loops, conditions)}))


def _put(machine: Machine, model: Value, mode: frozenset[Mode]) -> None:
    """Put a model and everything in it into one of several modes."""
    seen: set[int] = set()
    waiting = [model]
    while waiting:
        each = waiting.pop()
        if each.number in seen:
            continue
        seen.add(each.number)
        machine.store.set(("mode", each.number), mode)
        if isinstance(each, Thing):
            waiting += [part for child in each.children.values() for part in options(child)]


def modes_of(machine: Machine, model: Value) -> frozenset[Mode]:
    """The modes that a model may be in, on the way that is being followed."""
    held: frozenset[Mode] | None = machine.store.get(("mode", model.number))
    if held is None:
        birth = model.mode_at_birth if isinstance(model, Thing) else Unknown
        site = model.site if isinstance(model, Thing) else None
        return frozenset({Mode(birth, site)})
    return frozenset(mode for mode in held if not _contradicted(machine, mode))


def mode_of(machine: Machine, model: Value) -> Value:
    """`model.training`: true or false where it is known, else what it takes to put it back."""
    held = modes_of(machine, model)
    known = join(mode.training for mode in held)
    if known is Unknown or getattr(model, "kind", "layer") != "layer":
        return SavedMode(model=model, modes=held)
    return Literal(value=known is Yes)


def restore(machine: Machine, saved: SavedMode) -> None:
    """Put a model back into the mode in which it was when its mode was read."""
    if saved.model is not None:
        _put(machine, saved.model, saved.modes)


def _contradicted(machine: Machine, mode: Mode) -> bool:
    return any(machine.assumed.get(key) is (not truth) for key, truth in mode.conditions)


def forget_mode(machine: Machine, model: Value) -> None:
    """A call that was not read had the model: its mode is no longer known."""
    held = modes_of(machine, model)
    machine.store.set(("mode", model.number), frozenset(Mode(Unknown, mode.site, mode.loops) for mode in held))
