"""Classes on paper: their bases and methods, and what calling one builds."""

from __future__ import annotations

from torchlint.facts.answer import Yes
from torchlint.facts.site import Site
from torchlint.knowledge.layers import LAYERS
from torchlint.source import syntax
from torchlint.source.paper.domain.values import Arguments, Opaque, ProjectClass, Routine, Symbol, Thing, Value, numbers
from torchlint.source.paper.models.words import (
    is_dataset_base,
    is_framework_base,
    is_iterable_dataset_base,
    is_module_base,
)
from torchlint.source.paper.python.attributes import class_attribute, lineage, put_under
from torchlint.source.paper.python.machine import Frame, Machine
from torchlint.source.paper.python.memory import signature
from torchlint.source.paper.python.occurrences import Built

BUILT_IN_FULL = 3
UNLIKE = "unlike"
"""The origin of an object that is taken to be built as others of its class were, though its arguments differ."""


def define_class(machine: Machine, definition: syntax.Class) -> ProjectClass:
    """Bind a class: its body is run, its methods are kept for when they are called."""
    bases = [machine.evaluate(_unsubscripted(base.value)) for base in definition.bases if not base.keyword]
    frame = machine.frame
    made = ProjectClass(definition=definition, module=frame.module, scope=frame.number, bases=bases)
    inner = Frame(frame.module, numbers(), function="", scope=frame, owner=made)
    machine.scopes[inner.number] = inner
    machine.frames.append(inner)
    try:
        machine.run_block(definition.body)
    finally:
        machine.frames.pop()
    for statement in definition.body:
        if isinstance(statement, syntax.Function):
            value = machine.store.get(("local", inner.number, statement.name))
            made.methods[statement.name] = _method(value, made, frame)
        elif isinstance(statement, syntax.Assign):
            for target in statement.targets:
                if isinstance(target, syntax.Name):
                    value = machine.store.get(("local", inner.number, target.id))
                    if value is not None:
                        # A declared field is set from outside as a rule: its default says little.
                        made.methods[target.id] = Opaque(name=target.id) if statement.annotation else value
    machine.classes.append(made)
    return made


def _unsubscripted(base: syntax.Expression) -> syntax.Expression:
    """A generic class without its parameters: `Dataset` of `Dataset[Sample]`."""
    return base.value if isinstance(base, syntax.Subscript) else base


def _method(value: Value | None, owner: ProjectClass, frame: Frame) -> Value:
    if isinstance(value, Routine):
        # A method sees the variables around its class, not those of the class body.
        return Routine(definition=value.definition, module=value.module, scope=frame.number, owner=owner)
    return value if value is not None else Routine(owner=owner)


def is_module_class(owner: ProjectClass) -> bool:
    """Whether a class derives, through any number of project classes, from torch.nn.Module."""
    return any(is_module_base(base) for base in library_bases(owner))


def is_framework_class(owner: ProjectClass) -> bool:
    """Whether a framework calls its methods (a LightningModule, a Trainer's subclass)."""
    return any(is_framework_base(base) for base in library_bases(owner))


def library_bases(owner: ProjectClass) -> list[str]:
    """The dotted names of the bases from outside the project."""
    found = []
    for each in lineage(owner):
        found += [base.dotted for base in each.bases if isinstance(base, Symbol)]
    return found


def kind_of(owner: ProjectClass) -> str:
    """What its instances are: "layer", "dataset", "scheduler", "optimizer" or "object"."""
    if is_module_class(owner):
        return "layer"
    if any(is_dataset_base(base) for base in library_bases(owner)):
        return "dataset"
    if any(base.startswith("torch.optim.lr_scheduler.") for base in library_bases(owner)):
        return "scheduler"
    if any(base.startswith("torch.optim.") for base in library_bases(owner)):
        return "optimizer"
    return "object"


def is_iterable_dataset(owner: ProjectClass) -> bool:
    """Whether a dataset class is iterated and not indexed."""
    return any(is_iterable_dataset_base(base) for base in library_bases(owner))


def build(machine: Machine, owner: ProjectClass, arguments: Arguments, site: Site | None) -> Thing:
    """An instance of a project class: its `__init__` is run."""
    made = Thing(kind=kind_of(owner), of=owner, arguments=arguments, site=site, via=tuple(machine.via), dotted="")
    made.uses_mode = any("training" in each.definition.words for each in lineage(owner))
    if made.kind == "layer" and any(
        base.rpartition(".")[2] in LAYERS and base.rpartition(".")[2] != "Module" for base in library_bases(owner)
    ):
        made.dotted = next(b for b in library_bases(owner) if b.rpartition(".")[2] in LAYERS)
    machine.effects += made.kind != "object"
    constructor = class_attribute(machine, owner, "__init__")
    built = machine.built.setdefault(id(owner.definition), {})
    given = signature(machine, arguments) if isinstance(constructor, Routine) else ()
    template = built.get(given) or (next(reversed(built.values())) if len(built) >= BUILT_IN_FULL else None)
    if made.kind == "dataset":
        template = None  # Each feeds loaders of its own, and has what it was given.
    machine.tell(Built(made, like=template))
    if template is None:
        machine.things.append(made)
    if isinstance(constructor, Routine):
        if template is not None:
            _like(machine, made, template)
            made.origin = "" if given in built else UNLIKE
        else:
            built[given] = made
            machine.call_routine(constructor.bound_to(made), arguments, site)
    else:
        _dataclass_fields(machine, owner, made, arguments)
        machine.store.set(("initialised", made.number), Yes)
    return made


def _like(machine: Machine, made: Thing, template: Thing) -> None:
    """One more of many: it is taken to be built as the others of its class were."""
    made.children = dict(template.children)
    for child in made.children.values():
        if isinstance(child, Thing):
            put_under(made, child)
    for name in machine.attribute_names.get(template.number, []):
        value = machine.store.get(("attr", template.number, name))
        if value is not None:
            machine.store.set(("attr", made.number, name), value)


def _dataclass_fields(machine: Machine, owner: ProjectClass, made: Thing, arguments: Arguments) -> None:
    fields = [
        statement.targets[0].id
        for statement in owner.definition.body
        if isinstance(statement, syntax.Assign)
        and statement.annotation
        and isinstance(statement.targets[0], syntax.Name)
    ]
    for position, name in enumerate(fields):
        value = arguments.get(name, position)
        if value is not None:
            machine.store.set(("attr", made.number, name), value)
