"""Imports on paper: project modules are run once, anything else is a symbol by its dotted name."""

from __future__ import annotations

from torchlint.facts.answer import No
from torchlint.knowledge.frameworks import FRAMEWORK_OBJECTS, MODULE_BASES, PRIVACY_ENGINES
from torchlint.source import syntax
from torchlint.source.paper.domain.values import UNSET, ModuleValue, Symbol, Value, numbers, present
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.state.cells import LOCAL, SEEDED, STARS
from torchlint.source.paper.state.frames import Frame
from torchlint.source.project import Module


def run_import(machine: Machine, statement: syntax.Import | syntax.ImportFrom) -> None:
    """Bind what an import brings in."""
    if isinstance(statement, syntax.Import):
        for dotted, alias in statement.names:
            _import(machine, dotted, alias)
        return
    source = machine.project.find(statement.module, statement.level, machine.frame.module)
    for name, alias in statement.names:
        if name == "*":
            _star(machine, source, statement.module)
            continue
        machine.bind(alias or name, _member(machine, source, statement, name))


def _import(machine: Machine, dotted: str, alias: str) -> None:
    module = machine.project.find(dotted, 0, machine.frame.module)
    if alias:
        machine.bind(alias, ModuleValue(module=module) if module else Symbol(dotted=dotted))
        return
    first = dotted.partition(".")[0]
    top = machine.project.find(first, 0, machine.frame.module) if module else None
    if module is not None and dotted == first:
        top = module
    machine.bind(first, ModuleValue(module=top) if top else Symbol(dotted=first))
    if module is not None:
        load_module(machine, module)


def _member(machine: Machine, source: Module | None, statement: syntax.ImportFrom, name: str) -> Value:
    if source is None:
        below = f"{statement.module}.{name}" if statement.module else name
        module = machine.project.find(below, statement.level, machine.frame.module)
        if module is not None:
            return ModuleValue(module=module)
        return Symbol(dotted=below) if not statement.level else Symbol(dotted=f".{below}")
    value = module_attribute(machine, source, name)
    if value is not None:
        return value
    below = f"{statement.module}.{name}" if statement.module else name
    module = machine.project.find(below, statement.level, machine.frame.module)
    return ModuleValue(module=module) if module else Symbol(dotted=f".{below}")


def _star(machine: Machine, source: Module | None, dotted: str) -> None:
    if source is None:
        machine.state.set(STARS, stars(machine, machine.frame) | {dotted}, machine.frame.number)
        return
    frame = load_module(machine, source)
    for name in source.names:
        value = machine.state.get(LOCAL, frame.number, name)
        if value is not UNSET and not name.startswith("_"):
            machine.bind(name, value)
    inner = stars(machine, frame)
    if inner:
        machine.state.set(STARS, stars(machine, machine.frame) | inner, machine.frame.number)


def stars(machine: Machine, frame: Frame) -> frozenset[str]:
    """The packages of which a module imports everything."""
    return machine.state.get(STARS, frame.number)


def module_attribute(machine: Machine, module: Module, name: str) -> Value | None:
    """A name of a project module, which is run first if it was not yet."""
    dotted = f"{module.name}.{name}"
    if dotted in FRAMEWORK_OBJECTS or dotted in MODULE_BASES or dotted in PRIVACY_ENGINES:
        # The framework itself is being read: what its class does is better known than its thousands of lines tell.
        return Symbol(dotted=dotted)
    frame = load_module(machine, module)
    value = machine.state.get(LOCAL, frame.number, name)
    return None if value is UNSET else present(value)


def load_module(machine: Machine, module: Module) -> Frame:
    """Run a module's own statements, once."""
    known = machine.modules.frames.get(module.path)
    if known is not None:
        _seed_as(machine, module)
        return known
    frame = Frame(module, numbers(), function="")
    machine.modules.frames[module.path] = frame
    machine.modules.scopes[frame.number] = frame
    kept = machine.frames, machine.via, machine.loops, machine.assumed, machine.trace, machine.state
    base = machine.state.base()
    seeded_before = base.get(SEEDED)
    base.set(SEEDED, No)
    machine.frames, machine.via, machine.loops, machine.assumed, machine.trace = [frame], [], [], {}, []
    machine.state = base
    try:
        machine.run_block(module.summary.body)
        base.adopt(machine.state.since(base))
    finally:
        # Whether it seeds is a matter of the program that imports it, and stands in no state that others share.
        machine.modules.seeding_modules[module.path] = base.get(SEEDED)
        base.set(SEEDED, seeded_before)
        machine.frames, machine.via, machine.loops, machine.assumed, machine.trace, machine.state = kept
    module.names.update(frame.bound)
    _seed_as(machine, module)
    return frame


def _seed_as(machine: Machine, module: Module) -> None:
    """Seed as the statements of a module do that is imported here."""
    machine.state.set(SEEDED, machine.state.get(SEEDED) | machine.modules.seeding_modules.get(module.path, No))
