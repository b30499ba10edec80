"""A whole project run on paper: every script from its top, then every function and class that nobody calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Set
from functools import partial

from torchlint.facts.answer import Answer, No, Unknown
from torchlint.facts.fact import Fact
from torchlint.facts.site import Site
from torchlint.knowledge.frameworks import SETS_UP
from torchlint.problem import GAVE_UP, Problem, described
from torchlint.source import syntax
from torchlint.source.paper.detect.detectors import DETECTORS
from torchlint.source.paper.domain.values import (
    Arguments,
    Kind,
    ProjectClass,
    Routine,
    Thing,
    Value,
    numbers,
    opaque_named,
)
from torchlint.source.paper.models import lightning
from torchlint.source.paper.models.torch import modes
from torchlint.source.paper.occurrences.bus import GaveUp
from torchlint.source.paper.occurrences.layers import ForwardEnded, ForwardStarted
from torchlint.source.paper.occurrences.program import EntryEnded, ProgramRan, ProjectEnded
from torchlint.source.paper.python import abstract, calls, classes, imports
from torchlint.source.paper.python.attributes import class_attribute, lineage
from torchlint.source.paper.python.interpreter import LANGUAGE
from torchlint.source.paper.python.iteration.elements import batch_of
from torchlint.source.paper.python.machine import Machine
from torchlint.source.paper.python.statements import run_block
from torchlint.source.paper.state.cells import GRADIENTS, LOCAL, SEEDED
from torchlint.source.paper.state.frames import Frame
from torchlint.source.paper.worth import Worth, functions_in
from torchlint.source.progress import Progress, Stretch, nothing, told
from torchlint.source.project import Module, Project

IMPLEMENTATIONS = 2
"""With objects of so many classes that complete an abstract one its methods are run."""


def run_project(
    project: Project, progress: Progress = nothing, about: Set[str] | None = None
) -> tuple[list[Fact], list[Problem]]:
    """All facts of a project, and what was not judged: what fails costs one program or one detector, never the run.

    Where it is `about` some files only, nothing is begun in the others.
    """
    machine = Machine(project, LANGUAGE)
    detectors = [detector(machine) for detector in DETECTORS]
    for each in detectors:
        each.subscribe(machine.bus)
    given = [module for module in project.modules.values() if module.given]
    begun = given if about is None else [module for module in given if module.path in about]
    for module in told(begun, len(begun), Stretch(progress, 0.0, 0.3)):
        _enter(machine, module, partial(_run_main, machine, module))
    worth = Worth([module.summary for module in given])
    for module in told(begun, len(begun), Stretch(progress, 0.3, 0.6)):
        for function in _uncalled(machine, module):
            if worth.is_function(function):
                _enter(machine, module, partial(_run_function, machine, module, function))
    worth.layers |= {owner.definition.name for owner in machine.modules.classes if classes.kind_of(owner) is Kind.LAYER}
    for owner in told(_unbuilt(machine, begun), len(machine.modules.classes), Stretch(progress, 0.6, 1.0)):
        assert owner.module is not None
        left = _worth_running(machine, owner, worth)
        for kind in abstract.implementations(machine, owner)[:IMPLEMENTATIONS] or [owner]:
            _enter(machine, owner.module, partial(_run_class, machine, owner, kind, left))
    machine.bus.tell(ProjectEnded(), running=False)
    working = [each for each in detectors if type(each).__name__ not in machine.bus.failed]
    facts = [fact for each in working for fact in each.facts.values()]
    return facts, [*_unfinished(machine), *_failed_detectors(machine)]


def _unfinished(machine: Machine) -> Iterator[Problem]:
    """The files of which not all was followed."""
    for path in sorted(machine.budget.gave_up):
        error = machine.budget.gave_up[path]
        if error is None:
            message = "The work allowed for this file was used up: not all that it does was followed."
        else:
            message = f"Not all that this file does was followed: the run on paper failed with {described(error)}."
        yield Problem(path, GAVE_UP, message)


def _failed_detectors(machine: Machine) -> Iterator[Problem]:
    for name, failure in sorted(machine.bus.failed.items()):
        message = f"The detector {name} failed with {described(failure.error)}: what it finds was not looked for."
        yield Problem(failure.path, GAVE_UP, message)


def _enter(machine: Machine, module: Module, run: Callable[[], None]) -> None:
    machine.begin_entry()
    machine.bus.path = module.path
    try:
        run()
    except (GaveUp, RecursionError):
        machine.budget.gave_up[module.path] = None
    except Exception as error:
        machine.budget.gave_up[module.path] = error
    machine.end_entry()
    machine.bus.tell(EntryEnded(), running=False)
    machine.state = machine.state.publish()


def _run_main(machine: Machine, module: Module) -> None:
    if not _is_script(module):
        imports.load_module(machine, module)
        return
    machine.modules.mains.add(module.path)
    known = machine.modules.frames.get(module.path)
    frame = known or Frame(module, numbers())
    machine.modules.frames[module.path] = frame
    machine.modules.scopes[frame.number] = frame
    machine.frames = [frame]
    machine.state = machine.state.fork()
    if known is None:
        body = module.summary.body
        imported = next((index for index, statement in enumerate(body) if _is_guard(statement)), len(body))
        reached = run_block(machine, body[:imported])
        machine.modules.seeding_modules[module.path] = machine.state.get(SEEDED)
        if reached:
            run_block(machine, body[imported:])
        _publish(machine, module, frame)
    else:
        # It was imported before: only what it does as a script is left.
        imports.load_module(machine, module)
        run_block(machine, [statement for statement in module.summary.body if _is_guard(statement)])
    machine.tell(ProgramRan(machine.trace, Site(module.path, 1), repeated=No))
    machine.modules.mains.discard(module.path)


def _publish(machine: Machine, module: Module, frame: Frame) -> None:
    """A script's names can be imported by others: they stay in the base of the state."""
    base = machine.state.base()
    for key, value in machine.state.since(base).own.items():
        if key[0] is LOCAL and key[1] == frame.number:
            base.set(LOCAL, value, frame.number, key[2])
            module.names.add(str(key[2]))


def _is_script(module: Module) -> bool:
    return not module.is_package


def _is_guard(statement: syntax.Statement) -> bool:
    match statement:
        case syntax.If(test=syntax.Comparison(left=syntax.Name(id="__name__"))):
            return True
    return False


def _uncalled(machine: Machine, module: Module) -> Iterator[syntax.Function]:
    """The functions of a file that nothing has run, first those that no other there names: they may call the rest."""
    found = list(functions_in(module.summary.body))
    naming = Counter(word for each in found for word in each.words)
    for function in sorted(found, key=lambda each: naming[each.name] > (each.name in each.words)):
        if id(function) not in machine.budget.executed:
            yield function


def _run_function(machine: Machine, module: Module, function: syntax.Function) -> None:
    frame = imports.load_module(machine, module)
    machine.frames = [frame]
    machine.state = machine.state.fork()
    routine = Routine(definition=function, module=module, scope=frame.number)
    _call_openly(machine, routine)
    machine.tell(ProgramRan(machine.trace, Site(module.path, function.line), repeated=No))


def _call_openly(machine: Machine, routine: Routine) -> Value:
    """Call a function with arguments of which only the names are known."""
    keywords: dict[str, Value] = {
        parameter.name: opaque_named(parameter.name)
        for parameter in routine.definition.parameters
        if parameter.kind in ("positional", "either", "keyword")
    }
    if routine.receiver is not None and routine.definition.parameters:
        keywords.pop(routine.definition.parameters[0].name, None)
    if lightning.is_called_for_each_batch(getattr(routine.definition, "name", "")) and "batch" in keywords:
        keywords["batch"] = batch_of(machine, lightning.batches(machine, machine.frame.module.path))
    return calls.call_routine(machine, routine, Arguments(keywords=keywords, unknown=True), None)


def _unbuilt(machine: Machine, begun: Iterable[Module]) -> Iterator[ProjectClass]:
    """Classes with something nobody ran yet; the later ones first, for they build the earlier ones."""
    paths = {module.path for module in begun}
    for owner in reversed(machine.modules.classes):
        if owner.module is not None and owner.module.path in paths and _left(machine, owner):
            yield owner


def _left(machine: Machine, owner: ProjectClass) -> list[Routine]:
    return [
        method
        for method in owner.methods.values()
        if isinstance(method, Routine) and id(method.definition) not in machine.budget.executed
    ]


def _worth_running(machine: Machine, owner: ProjectClass, worth: Worth) -> list[Routine]:
    of_module = classes.kind_of(owner) is Kind.LAYER
    return [each for each in _left(machine, owner) if worth.is_method(each.definition, of_module=of_module)]


def _run_class(machine: Machine, owner: ProjectClass, kind: ProjectClass, left: list[Routine]) -> None:
    """Run what is left of the methods of a class, of an object of that `kind`: the class, or one that completes it."""
    if not left:
        return
    assert owner.module is not None
    machine.budget.executed -= {id(method.definition) for method in left}
    machine.frames = [imports.load_module(machine, owner.module)]
    machine.state = machine.state.fork()
    made = _an_instance(machine, kind)
    framework = classes.is_framework_class(owner)
    if framework:
        _set_up(machine, owner, made)
    inherited = _inherited_forward(machine, owner, left) if made.kind is Kind.LAYER else None
    for method in (inherited, *left) if inherited is not None else left:
        if not isinstance(method.definition, syntax.Function):
            continue
        if id(method.definition) in machine.budget.executed and method is not inherited:
            continue
        receiver = None if _is_static(method.definition) else made
        bound = Routine(
            definition=method.definition, module=method.module, scope=method.scope, owner=owner, receiver=receiver
        )
        machine.trace = []
        kept, machine.state = machine.state, machine.state.fork()
        begun = numbers()
        if framework:
            machine.state.set(GRADIENTS, lightning.recording_in(method.definition.name))
        inside_forward = made.kind is Kind.LAYER and method.definition.name == "forward"
        inside_forward = inside_forward and not classes.trains_in_forward(machine, owner)
        if inside_forward:
            machine.tell(ForwardStarted(made))
        machine.place.forward_depth += inside_forward
        given = _call_openly(machine, bound)
        machine.place.forward_depth -= inside_forward
        if inside_forward:
            machine.tell(ForwardEnded(made, given))
        repeated = framework and lightning.is_called_for_each_batch(method.definition.name)
        if framework:
            lightning.use_loaders(machine, method.definition.name, given)
            lightning.train_with(machine, method.definition.name, given)
        place = Site(owner.module.path, method.definition.line)
        machine.tell(ProgramRan(machine.trace, place, Answer.of(repeated)))
        machine.state.publish(since=begun)
        machine.state = kept


def _inherited_forward(machine: Machine, owner: ProjectClass, left: list[Routine]) -> Routine | None:
    """The `forward` of a base, if a method of this class is a step of it that nothing has run."""
    forward = class_attribute(machine, owner, "forward")
    if not isinstance(forward, Routine) or "forward" in owner.methods:
        return None
    names = {f"self.{method.definition.name}" for method in left if isinstance(method.definition, syntax.Function)}
    called = any(not names.isdisjoint(base.definition.words) for base in lineage(owner) if base is not owner)
    return forward if called else None


def _set_up(machine: Machine, owner: ProjectClass, made: Thing) -> None:
    """Run what the framework runs first: the datasets that it keeps are there when loaders are asked for."""
    for name in SETS_UP:
        method = class_attribute(machine, owner, name)
        if isinstance(method, Routine):
            _call_openly(machine, method.bound_to(made))


def _an_instance(machine: Machine, owner: ProjectClass) -> Thing:
    """An object of the class: a layer that the program built, in a mode that is not known; else one built openly."""
    for built in machine.memory.built.get(id(owner.definition), {}).values():
        if built.kind is Kind.LAYER:
            modes.switch_mode(machine, built, Unknown, None)
            return built
    constructor = next((each.methods["__init__"] for each in lineage(owner) if "__init__" in each.methods), None)
    keywords: dict[str, Value] = {}
    if isinstance(constructor, Routine):
        keywords = {
            parameter.name: opaque_named(parameter.name)
            for parameter in constructor.definition.parameters[1:]
            if parameter.kind in ("positional", "either", "keyword")
        }
    made = classes.build(machine, owner, Arguments(keywords=keywords, unknown=True), None)
    if made.kind is Kind.LAYER:
        modes.switch_mode(machine, made, Unknown, None)
    return made


def _is_static(function: syntax.Function) -> bool:
    return any(isinstance(each, syntax.Name) and each.id == "staticmethod" for each in function.decorators)
