"""Classes on paper: their bases and methods, and what calling one builds."""

from __future__ import annotations

from torchlint.facts.answer import Yes
from torchlint.facts.site import Site
from torchlint.knowledge.layers import LAYERS
from torchlint.source import syntax
from torchlint.source.paper.domain.values import (
    UNSET,
    Arguments,
    Kind,
    Literal,
    Opaque,
    ProjectClass,
    Routine,
    Symbol,
    Thing,
    Value,
    numbers,
)
from torchlint.source.paper.models.bases import (
    is_dataset_base,
    is_framework_base,
    is_iterable_dataset_base,
    is_module_base,
)
from torchlint.source.paper.occurrences.layers import Built
from torchlint.source.paper.python.attributes import class_attribute, lineage
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.python.memory import signature
from torchlint.source.paper.state.cells import ATTRIBUTE, BUILT, CHILDREN, INITIALISED, LOCAL
from torchlint.source.paper.state.frames import Frame
from torchlint.source.paper.state.objects import add_holder, child_values

BUILT_IN_FULL, BUILT_AT_MOST = 3, 6
"""So many instances of a class are built that differ in numbers alone, and so many in all; others are copies."""


def define_class(machine: Machine, definition: syntax.Class) -> ProjectClass:
    """Bind a class: its body is run, its methods are kept for when they are called."""
    bases = [machine.evaluate(_unsubscripted(base.value)) for base in definition.bases if not base.keyword]
    frame = machine.frame
    frame.is_scope = True
    made = ProjectClass(definition=definition, module=frame.module, scope=frame.number, bases=tuple(bases))
    inner = Frame(frame.module, numbers(), function="", scope=frame, owner=made)
    machine.modules.scopes[inner.number] = inner
    machine.frames.append(inner)
    try:
        machine.run_block(definition.body)
    finally:
        machine.frames.pop()
    for base in reversed(bases):
        made.setters.update(base.setters if isinstance(base, ProjectClass) else {})
    for statement in definition.body:
        if isinstance(statement, syntax.Function):
            if _is_setter(statement):
                setter = Routine(definition=statement, module=frame.module, scope=frame.number, owner=made)
                made.setters[statement.name] = setter
                continue
            value = machine.state.get(LOCAL, inner.number, statement.name)
            if isinstance(value, Routine) and _is_setter(value.definition):
                value = Routine(definition=statement, module=frame.module)
            made.methods[statement.name] = _method(value, made, frame)
        elif isinstance(statement, syntax.Assign):
            for target in statement.targets:
                if isinstance(target, syntax.Name):
                    value = machine.state.get(LOCAL, inner.number, target.id)
                    if value is not UNSET:
                        # A declared field is set from outside as a rule: its default says little.
                        made.methods[target.id] = Opaque(name=target.id) if statement.annotation else value
    machine.modules.classes.append(made)
    return made


def _is_setter(function: syntax.Function | syntax.Lambda) -> bool:
    """Whether a function sets a property, or deletes it: what is read of it is another one, of the same name."""
    return isinstance(function, syntax.Function) and any(
        isinstance(each, syntax.Attribute) and each.name in ("setter", "deleter") for each in function.decorators
    )


def _unsubscripted(base: syntax.Expression) -> syntax.Expression:
    """A generic class without its parameters: `Dataset` of `Dataset[Sample]`."""
    return base.value if isinstance(base, syntax.Subscript) else base


def _method(value: Value, owner: ProjectClass, frame: Frame) -> Value:
    if isinstance(value, Routine):
        # A method sees the variables around its class, not those of the class body.
        return Routine(definition=value.definition, module=value.module, scope=frame.number, owner=owner)
    return value if value is not UNSET else Routine(owner=owner)


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


def derives_from_none_but(owner: ProjectClass, known: frozenset[str]) -> bool:
    """Whether the bases from outside the project are all of these names, so that nothing else is inherited."""
    bases = [base for each in lineage(owner) for base in each.bases if not isinstance(base, ProjectClass)]
    return all(isinstance(base, Symbol) and base.last in known for base in bases)


def kind_of(owner: ProjectClass) -> Kind:
    """What its instances are: layers, datasets, schedulers, optimizers or any other objects."""
    if is_module_class(owner):
        return Kind.LAYER
    if any(is_dataset_base(base) for base in library_bases(owner)):
        return Kind.DATASET
    if any(base.startswith("torch.optim.lr_scheduler.") for base in library_bases(owner)):
        return Kind.SCHEDULER
    if any(base.startswith("torch.optim.") for base in library_bases(owner)):
        return Kind.OPTIMIZER
    return Kind.OBJECT


def trains_in_forward(machine: Machine, owner: ProjectClass) -> bool:
    """Whether calling an instance trains, as of a trainer that is a Module for the sake of what it holds."""
    known = machine.texts.trainers.get(id(owner.definition))
    if known is None:
        known = machine.texts.trainers[id(owner.definition)] = "backward" in (said := _said_in_forward(owner)) and (
            not said.isdisjoint(("step", "zero_grad"))
        )
    return known


def _said_in_forward(owner: ProjectClass) -> set[str]:
    """The words of `forward`, and of the methods that it may call."""
    methods = {name: each for cls in reversed(lineage(owner)) for name, each in cls.methods.items()}
    said: set[str] = set()
    waiting = ["forward"]
    while waiting:
        method = methods.pop(waiting.pop(), None)
        if isinstance(method, Routine) and isinstance(method.definition, syntax.Function):
            said |= method.definition.words
            waiting += method.definition.words & methods.keys()
    return said


def is_iterable_dataset(owner: ProjectClass) -> bool:
    """Whether a dataset class is iterated and not indexed."""
    return any(is_iterable_dataset_base(base) for base in library_bases(owner))


def build(machine: Machine, owner: ProjectClass, arguments: Arguments, site: Site | None) -> Thing:
    """An instance of a project class: its `__init__` is run."""
    kind = kind_of(owner)
    constructor = class_attribute(machine, owner, "__init__")
    built = machine.memory.built.setdefault(id(owner.definition), {})
    given = signature(machine, arguments) if isinstance(constructor, Routine) else ()
    template = None
    if kind is not Kind.DATASET:  # Each dataset feeds loaders of its own, and has what it was given.
        template = _earlier_instance(machine, built, given, arguments)
    made = Thing(
        kind=kind,
        of=owner,
        arguments=arguments,
        site=site,
        via=tuple(machine.via),
        dotted=_library_layer(owner) if kind is Kind.LAYER else "",
        asks_for_mode=any("training" in each.definition.words for each in lineage(owner)),
        is_copy=template is not None and given not in built,
    )
    machine.state.set(BUILT, True, made.number)
    machine.memory.effects += made.kind is not Kind.OBJECT
    machine.tell(Built(made, like=template))
    if template is None:
        machine.objects.all.append(made)
    if isinstance(constructor, Routine):
        if template is not None:
            _copy(machine, made, template)
        else:
            built[given] = made
            machine.call_routine(constructor.bound_to(made), arguments, site)
    else:
        _dataclass_fields(machine, owner, made, arguments)
        machine.state.set(INITIALISED, Yes, made.number)
        completed = class_attribute(machine, owner, "__post_init__")
        if isinstance(completed, Routine):
            machine.call_routine(completed.bound_to(made), Arguments(), site)
    return made


def _earlier_instance(
    machine: Machine, built: dict[tuple[object, ...], Thing], given: tuple[object, ...], arguments: Arguments
) -> Thing | None:
    """An instance that was built on this way with the same arguments, or any where many were built."""
    here = {key: each for key, each in built.items() if machine.state.get(BUILT, each.number)}
    if given in here:
        return here[given]
    if len(here) < BUILT_IN_FULL:
        return None
    choices = _choices(arguments)
    alike = [each for each in here.values() if _choices(each.arguments) == choices]
    if len(alike) >= BUILT_IN_FULL:
        return alike[-1]
    return list(here.values())[-1] if len(here) >= BUILT_AT_MOST else None


def _choices(arguments: Arguments) -> tuple[object, ...]:
    """The words and flags among arguments, which choose what is built; a number tells only how large it is."""
    named = [*enumerate(arguments.positional), *sorted(arguments.keywords.items())]
    literals = [(name, value.value) for name, value in named if isinstance(value, Literal)]
    return tuple((name, value) for name, value in literals if value is None or isinstance(value, (bool, str)))


def _library_layer(owner: ProjectClass) -> str:
    """The layer of torch that a class derives from, empty where that is nothing more than a Module."""
    bases = [base for base in library_bases(owner) if base.rpartition(".")[2] in LAYERS]
    return bases[0] if any(base.rpartition(".")[2] != "Module" for base in bases) else ""


def _copy(machine: Machine, made: Thing, template: Thing) -> None:
    """Copies an earlier instance instead of running `__init__` again: it is taken to have what that one has."""
    machine.state.set(CHILDREN, machine.children_of(template), made.number)
    for part in child_values(machine.state, made):
        add_holder(machine.state, part, made)
    names = machine.objects.attribute_names.get(template.number, [])
    machine.objects.attribute_names[made.number] = list(names)
    for name in names:
        value = machine.state.get(ATTRIBUTE, template.number, name)
        if value is not UNSET:
            machine.state.set(ATTRIBUTE, value, made.number, name)


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
            machine.state.set(ATTRIBUTE, value, made.number, name)
